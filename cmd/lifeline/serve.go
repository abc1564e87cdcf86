package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Bounds of requests and their answers. Event streams are the exception: they end by themselves.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 5 * time.Minute // a sign-in asks CRM, vendor and engine in turn, each of whom may be slow
	idleTimeout       = 2 * time.Minute
	maxHeader         = 64 << 10
)

func (a *App) httpServer(ctx context.Context, handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
}

// serve answers until ctx ends, then lets running requests finish.
func (a *App) serve(ctx context.Context, handler http.Handler) error {
	server := a.httpServer(ctx, handler)
	if a.server != nil {
		server.RegisterOnShutdown(a.server.EndStreams) // open panels must not hold the shutdown
	}
	failed := make(chan error, 1)
	go func() { failed <- a.listen(server) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.Process.DrainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return server.Close()
	}
	return nil
}

func (a *App) listen(server *http.Server) error {
	p := a.cfg.Process
	var err error
	if p.TLSCertificate != "" {
		err = server.ServeTLS(a.listener, p.TLSCertificate, p.TLSKey)
	} else {
		err = server.Serve(a.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
