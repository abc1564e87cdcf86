package main

import "net/http"

// listenForProbes lets a worker without the API be asked how it is.
func (a *App) listenForProbes() (err error) {
	if a.roles.API || !a.roles.Worker || a.cfg.Process.WorkerListen == "" {
		return nil
	}
	a.listener, err = listenAt("LIFELINE_WORKER_LISTEN", a.cfg.Process.WorkerListen)
	return err
}

// probes answer what a worker's keeper asks: is it alive, does it reach the engine, and its metrics for operators.
func (a *App) probes() http.Handler {
	operators := operators(a.cfg.Process)
	measured := a.metrics.Handler()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := a.sessions.Ready(r.Context()); err != nil {
			http.Error(w, "the engine cannot be reached", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if !operators.Allowed(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
			return
		}
		measured.ServeHTTP(w, r)
	})
	return mux
}
