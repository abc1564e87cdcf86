package kit

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
)

// DeskPolicy is the Content-Security-Policy of a CRM's pages: everything from the page's own host, images also inline.
const DeskPolicy = "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'"

// Pages renders a set of templates.
type Pages struct {
	Templates *template.Template
	Policy    string // Content-Security-Policy of every page
}

// Show renders a page completely before it sends any of it. Status 0 is 200.
func (p Pages) Show(w http.ResponseWriter, log *slog.Logger, status int, name string, data any) {
	var out bytes.Buffer
	if err := p.Templates.ExecuteTemplate(&out, name, data); err != nil {
		log.Error("page not rendered", "page", name, "error", err)
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
		return
	}
	p.secure(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(cmp.Or(status, http.StatusOK))
	_, _ = out.WriteTo(w)
}

// Secured puts the pages' protection on everything else a handler serves: files that strangers uploaded, for instance.
func (p Pages) Secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.secure(w.Header())
		next.ServeHTTP(w, r)
	})
}

func (p Pages) secure(header http.Header) {
	header.Set("Content-Security-Policy", p.Policy)
	header.Set("X-Content-Type-Options", "nosniff")
}

//go:embed assets
var shared embed.FS

// Assets serves the style sheets and scripts of a folder by the path's {file}, and beside them those that several
// simulators share (assets/). The folder's templates are not for reading.
func Assets(files fs.FS, folder string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("file")
		if extension := path.Ext(name); extension != ".css" && extension != ".js" {
			http.NotFound(w, r)
			return
		}
		if _, err := fs.Stat(files, folder+"/"+name); err != nil {
			http.ServeFileFS(w, r, shared, "assets/"+name)
			return
		}
		http.ServeFileFS(w, r, files, folder+"/"+name)
	}
}
