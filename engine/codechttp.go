package engine

import (
	"net/http"

	"go.temporal.io/sdk/converter"
)

// codecBodyLimit is above what one history page of the Temporal UI holds.
const codecBodyLimit = 16 << 20

// CodecHandler serves /encode and /decode below any path for the Temporal UI and CLI (temporal.md 7). It opens
// everything, so authorize decides about each request; the browser's preflight carries no credentials and passes.
// UIOrigin is the one origin whose pages may read the answers ("http://127.0.0.1:8233"); empty: none but our own.
func CodecHandler(keys *Keys, uiOrigin string, authorize func(*http.Request) bool) http.Handler {
	codec := converter.NewPayloadCodecHTTPHandler(codecs(keys)...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowOrigin(w.Header(), r, uiOrigin)
		switch {
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusNoContent)
		case !authorize(r):
			http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
		default:
			r.Body = http.MaxBytesReader(w, r.Body, codecBodyLimit)
			codec.ServeHTTP(w, r)
		}
	})
}

func allowOrigin(h http.Header, r *http.Request, uiOrigin string) {
	h.Add("Vary", "Origin")
	if uiOrigin == "" || r.Header.Get("Origin") != uiOrigin {
		return
	}
	h.Set("Access-Control-Allow-Origin", uiOrigin)
	h.Set("Access-Control-Allow-Methods", "POST, GET, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "X-Namespace, Content-Type, Authorization")
	h.Set("Access-Control-Allow-Credentials", "true") // the UI may send its user's cookie along
}
