package activities

import "example.com/lifeline/support"

// withSignIn lets the row of an agent who has to sign in to the vendor lead to the page for it, instead of to the panel
// of a session that there is not. The link is made here and not in the workflow: it is short-lived, and every try makes
// a fresh one.
func (s *Steps) withSignIn(connection string, row support.SessionRow, agent support.Agent) support.SessionRow {
	if row.ErrorCode != support.CodeSignInNeeded || s.SignIn == nil {
		return row
	}
	ref := row.Record
	ref.Connection = connection
	if link := s.SignIn(ref, agent); link != "" {
		row.PanelURL = link
	}
	return row
}
