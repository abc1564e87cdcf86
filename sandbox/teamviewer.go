package sandbox

import (
	simteamviewer "example.com/lifeline/sandbox/teamviewer"
)

// What the simulated TeamViewer company is set up with.
const (
	TeamViewerToken   = "sandbox-teamviewer-token"
	TeamViewerGroupID = "g77001"
)

func (w *World) startTeamViewer() error {
	listener, err := w.listen("teamviewer", "")
	if err != nil {
		return err
	}
	w.TeamViewer = simteamviewer.New(simteamviewer.Options{
		Logger: w.options.Log, Pages: w.URL("teamviewer"), Company: "Example Support",
		Settings: simteamviewer.Settings{NoLimits: w.options.NoLimits},
		Users: []simteamviewer.User{
			{Name: "Dana Whitfield", Email: "dana@example.com"},
			{Name: "Sam Okafor", Email: "sam@example.com"},
			{Name: "Kim Larsen", Email: "kim@example.com"},
			{Name: "TeamViewer Admin", Email: "admin@example.com", Admin: true},
		},
		Tokens: []simteamviewer.ScriptToken{
			{Name: "lifeline", Value: TeamViewerToken, User: "admin@example.com", Level: simteamviewer.CompanyLevel},
		},
	})
	w.serveOn(listener, w.TeamViewer.Handler())
	_, err = w.TeamViewer.AddGroup(simteamviewer.Group{ID: TeamViewerGroupID, Name: "Lifeline", Owner: "admin@example.com"})
	return err
}

// teamViewerEnvironment configures a connection's TeamViewer half: a token of the whole company, because reports of
// all agents are to be read, with sessions assigned to the agents themselves.
func (w *World) teamViewerEnvironment() map[string]string {
	return map[string]string{
		"TEAMVIEWER_BASE_URL":    w.URL("teamviewer"),
		"TEAMVIEWER_LOGIN_URL":   w.URL("teamviewer"),
		"TEAMVIEWER_TOKEN":       TeamViewerToken,
		"TEAMVIEWER_TOKEN_LEVEL": "company",
		"TEAMVIEWER_GROUP_ID":    TeamViewerGroupID,
		"TEAMVIEWER_LICENCE":     "corporate",
		"TEAMVIEWER_ASSIGN":      "true",
	}
}
