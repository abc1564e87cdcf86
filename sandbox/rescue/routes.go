package rescue

import (
	"net/http"

	"example.com/lifeline/sandbox/kit"
)

// routes serves everything. Paths are case-insensitive, as on the real host.
func (s *Sim) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{page}", s.servePlain)
	mux.HandleFunc("/api/api.asmx", s.serveSOAP)
	mux.HandleFunc("/sso/getloginticket.aspx", s.serveTicket)
	mux.HandleFunc("/sso/getdtcloginticket.aspx", s.serveTicket)
	mux.HandleFunc("/sso/login.aspx", s.serveSSOLogin)
	s.customerRoutes(mux)
	s.consoleRoutes(mux)
	s.controlRoutes(mux)
	mux.HandleFunc("GET /sim-assets/{file}", kit.Assets(pageFiles, "pages"))
	mux.HandleFunc("GET /{$}", s.serveHome)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { lostPage(w) })
	return kit.LowerPath(mux)
}
