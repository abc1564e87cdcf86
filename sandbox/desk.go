package sandbox

import (
	"html/template"
	"net/http"
)

// desk is the page from which one person reaches every part.
func (w *World) desk() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = deskPage.Execute(out, map[string]string{
			"ServiceNow": w.URL("servicenow"), "Rescue": w.URL("rescue"), "Mailbox": w.URL("mailbox"),
		})
	})
	return mux
}

var deskPage = template.Must(template.New("desk").Parse(`<!doctype html><title>Sandbox desk</title>
<ul><li><a href="{{.ServiceNow}}">ServiceNow</a><li><a href="{{.Rescue}}">Rescue</a><li><a href="{{.Mailbox}}">Mailbox</a></ul>`))
