package teamviewer

import (
	"net/http"
	"strings"

	"example.com/lifeline/sandbox/kit"
)

const apiPrefix = "/api/v1"

// The scopes that functions ask for (teamviewer.md 1.3).
const (
	scopeCreate            = "Sessions.Create"
	scopeReadAll           = "Sessions.ReadAll"
	scopeReadOwn           = "Sessions.ReadOwn"
	scopeModifyAll         = "Sessions.ModifyAll"
	scopeModifyOwn         = "Sessions.ModifyOwn"
	scopeConnectionsRead   = "Connections.Read"
	scopeConnectionsModify = "Connections.Modify"
	scopeConnectionsDelete = "Connections.Delete"
	scopeUsersRead         = "Users.Read"
)

const routeToken = "POST /oauth2/token"

// functions is the whole API. The names of the scopes for account and groups are not known; any token will do there.
func (s *Sim) functions() []function {
	read, modify := []string{scopeReadAll, scopeReadOwn}, []string{scopeModifyAll, scopeModifyOwn}
	reports := func(route, scope string, changes bool, do func(*call) (answer, error)) function {
		return function{route: route, scopes: []string{scope}, licence: Premium, changes: changes, do: do}
	}
	return []function{
		{route: routeToken, open: true, do: s.token},
		{route: "POST /oauth2/revoke", do: s.revoke},
		{route: "GET /ping", open: true, do: s.ping},
		{route: "GET /account", do: s.account},

		{route: "POST /sessions", scopes: []string{scopeCreate}, changes: true, do: s.createSession},
		{route: "GET /sessions", scopes: read, do: s.listSessions},
		{route: "GET /sessions/{code}", scopes: read, do: s.getSession},
		{route: "PUT /sessions/{code}", scopes: modify, changes: true, do: s.putSession},
		{route: "DELETE /sessions/{code}", scopes: modify, changes: true, do: s.deleteSession},

		reports("GET /reports/connections", scopeConnectionsRead, false, s.listReports),
		reports("GET /reports/connections/{id}", scopeConnectionsRead, false, s.getReport),
		reports("GET /reports/connections/{id}/chat-transcript", scopeConnectionsRead, false, s.chatTranscript),
		reports("PUT /reports/connections/{id}", scopeConnectionsModify, true, s.putReport),
		reports("DELETE /reports/connections/{id}", scopeConnectionsDelete, true, s.deleteReport),
		{route: "GET /reports/devices", licence: Corporate, do: s.listDeviceReports},

		{route: "GET /groups", do: s.listGroups},
		{route: "POST /groups", changes: true, do: s.createGroup},
		{route: "GET /groups/{id}", do: s.getGroup},
		{route: "PUT /groups/{id}", changes: true, do: s.putGroup},
		{route: "DELETE /groups/{id}", changes: true, do: s.deleteGroup},
		{route: "POST /groups/{id}/share_group", changes: true, do: s.shareGroup},
		{route: "POST /groups/{id}/unshare_group", changes: true, do: s.unshareGroup},

		{route: "GET /users", scopes: []string{scopeUsersRead}, licence: Premium, do: s.listUsers},
		{route: "GET /users/{id}", scopes: []string{scopeUsersRead}, licence: Premium, do: s.getUser},
	}
}

// routes serves everything. Pages and controls refuse requests that other sites make a browser send.
func (s *Sim) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", kit.LowerPath(s.apiRoutes()))
	guard := http.NewCrossOriginProtection()
	mux.Handle("/_sim/", guard.Handler(s.controlRoutes()))
	mux.Handle("/", guard.Handler(s.pageRoutes()))
	return mux
}

func (s *Sim) apiRoutes() http.Handler {
	mux := http.NewServeMux()
	for _, f := range s.functions() {
		method, path, _ := strings.Cut(f.route, " ")
		mux.HandleFunc(method+" "+apiPrefix+path, s.serve(f))
	}
	mux.HandleFunc("/", s.serve(function{route: "* *", open: true, do: func(*call) (answer, error) {
		return answer{}, notFound("There is no such function.")
	}}))
	return mux
}
