package kit

import (
	"net/http"
	"strings"
)

// LowerPath makes paths case-insensitive: the handler sees them in lower case.
func LowerPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lower := r.Clone(r.Context())
		lower.URL.Path, lower.URL.RawPath = strings.ToLower(r.URL.Path), ""
		next.ServeHTTP(w, lower)
	})
}

// WhenUp drops every caller's connection while the service plays dead.
func WhenUp(down func() bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down() {
			panic(http.ErrAbortHandler) // the documented way to cut a connection
		}
		next.ServeHTTP(w, r)
	})
}

// ChoosePerson lets ?as= say who one is: it keeps that in a cookie and leads to the same page without it.
func ChoosePerson(cookie string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		as := query.Get("as")
		if as == "" {
			next.ServeHTTP(w, r)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: as, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		query.Del("as")
		here := "/" + strings.TrimLeft(r.URL.Path, "/") // two slashes would lead to another host
		http.Redirect(w, r, here+"?"+query.Encode(), http.StatusSeeOther)
	})
}
