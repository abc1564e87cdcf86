package mailbox

import (
	"embed"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strconv"

	"example.com/lifeline/sandbox/kit"
)

//go:embed page
var files embed.FS

var pages = kit.Pages{Templates: template.Must(template.ParseFS(files, "page/*.html")), Policy: pagePolicy}

// The letter's HTML is a stranger's: cleaned, in a frame without scripts or an origin, allowed to load nothing. Links
// open in a window of their own.
const (
	frameSandbox = "allow-popups allow-popups-to-escape-sandbox"
	framePolicy  = "sandbox " + frameSandbox + "; default-src 'none'; style-src 'unsafe-inline'"
	pagePolicy   = "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'"
)

// Handler serves the page for people (/, /mails/{id}) and JSON for tests:
//
//	GET    /_sim/mails       all letters, oldest first
//	GET    /_sim/mails/{id}  one letter
//	DELETE /_sim/mails       forget all
//	GET    /_sim/faults      the faults in force
//	PUT    /_sim/faults      replace them, see Faults
func (m *Mailbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", m.showList)
	mux.HandleFunc("GET /mails/{id}", m.showMail)
	mux.HandleFunc("GET /mails/{id}/html", m.showFrame)
	mux.HandleFunc("GET /{file}", kit.Assets(files, "page"))
	kit.Show(mux, "GET /_sim/mails", func() any { return m.Mails() })
	mux.HandleFunc("GET /_sim/mails/{id}", m.mailJSON)
	mux.HandleFunc("DELETE /_sim/mails", func(w http.ResponseWriter, _ *http.Request) {
		m.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	kit.Show(mux, "GET /_sim/faults", func() any { return m.Faults() })
	mux.HandleFunc("PUT /_sim/faults", m.putFaults)
	return mux
}

func (m *Mailbox) showList(w http.ResponseWriter, _ *http.Request) {
	mails := m.Mails()
	slices.Reverse(mails)
	m.show(w, "list.html", mails)
}

func (m *Mailbox) showMail(w http.ResponseWriter, r *http.Request) {
	if mail, ok := m.asked(w, r); ok {
		m.show(w, "mail.html", struct {
			Mail
			Sandbox string
		}{mail, frameSandbox})
	}
}

func (m *Mailbox) showFrame(w http.ResponseWriter, r *http.Request) {
	if mail, ok := m.asked(w, r); ok {
		w.Header().Set("Content-Security-Policy", framePolicy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, clean(mail.HTML))
	}
}

func (m *Mailbox) mailJSON(w http.ResponseWriter, r *http.Request) {
	if mail, ok := m.asked(w, r); ok {
		kit.WriteJSON(w, http.StatusOK, mail)
	}
}

func (m *Mailbox) putFaults(w http.ResponseWriter, r *http.Request) {
	var faults Faults
	if err := kit.ReadJSON(w, r, &faults); err != nil {
		http.Error(w, "not a list of faults: "+err.Error(), http.StatusBadRequest)
		return
	}
	m.SetFaults(faults)
	w.WriteHeader(http.StatusNoContent)
}

func (m *Mailbox) asked(w http.ResponseWriter, r *http.Request) (Mail, bool) {
	id, err := strconv.Atoi(r.PathValue("id"))
	mail, found := m.Mail(id)
	if err != nil || !found {
		http.Error(w, "there is no such letter", http.StatusNotFound)
		return Mail{}, false
	}
	return mail, true
}

func (m *Mailbox) show(w http.ResponseWriter, page string, data any) {
	pages.Show(w, m.options.Log, http.StatusOK, page, data)
}
