package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/lifeline/api"
	simteamviewer "example.com/lifeline/sandbox/teamviewer"
	"example.com/lifeline/support"
)

// deskSession is a session as its row in the CRM shows it, with the way to everybody's part in it.
type deskSession struct {
	Record, Title, Ticket                string // Ticket is the record's form, as the agent
	State                                support.State
	Next                                 string // what is to be done now
	Turn                                 string // whose turn it is: customer, technician or agent
	Code, Customer, Technician, Console  string // the last three are addresses
	Panel, Run, Problem, Agent, VendorID string
	workflowID                           string
	at                                   string
}

// step is what a session waits for.
type step struct{ turn, next string }

var steps = map[support.State]step{
	support.Requested: {"", "Lifeline is getting a code."},
	support.Invited:   {"customer", "Join as the customer."},
	support.Waiting:   {"technician", "Pick up as the technician."},
	support.Connected: {"technician", "Chat and take notes, then end the session as the technician."},
	support.Ended:     {"", "Lifeline is filing what happened."},
	support.Filed:     {"agent", "Read on the ticket what was filed."},
	support.Expired:   {"agent", "The code ran out. Ask for a new one on the ticket."},
	support.Cancelled: {"agent", "The session was cancelled."},
}

// shownSessions bounds the list.
const shownSessions = 20

// deskSessions lists a connection's sessions, the newest first.
func (w *World) deskSessions(p pair, runs []api.ListItem) []deskSession {
	var list []deskSession
	if p.crm == support.Dynamics {
		list = w.dynamicsSessions(p)
	} else {
		list = w.serviceNowSessions(p)
	}
	slices.SortStableFunc(list, func(a, b deskSession) int { return cmp.Compare(b.at, a.at) })
	list = list[:min(len(list), shownSessions)]
	for i := range list {
		w.complete(&list[i], p)
		findRun(&list[i], runs)
	}
	return list
}

// complete adds whose turn it is, and the vendor's places.
func (w *World) complete(s *deskSession, p pair) {
	s.State = cmp.Or(s.State, support.Requested)
	s.Turn, s.Next = steps[s.State].turn, steps[s.State].next
	if p.vendor == support.TeamViewer {
		w.teamViewerPlaces(s)
	} else {
		w.rescuePlaces(s)
	}
}

// rescuePlaces lead the customer to the session itself once it has begun, before that to the invitation.
func (w *World) rescuePlaces(s *deskSession) {
	number, _ := strconv.ParseInt(s.VendorID, 10, 64)
	if session, err := w.Rescue.Session(number); err == nil {
		s.Customer = w.URL("rescue") + session.CustomerPage
	}
	if !s.State.Over() {
		s.Technician = w.consoleOf(s.Agent)
	}
}

// consoleOf is the console of a technician; a session without one is shown at Dana's.
func (w *World) consoleOf(email string) string {
	for _, user := range w.Rescue.Users() {
		if user.Seat && strings.EqualFold(user.Email, cmp.Or(email, "dana@example.com")) {
			return fmt.Sprintf("%s/console/%d", w.URL("rescue"), user.ID)
		}
	}
	return w.URL("rescue")
}

// teamViewerPlaces also looks at the session itself: TeamViewer's API does not tell that somebody is connected.
func (w *World) teamViewerPlaces(s *deskSession) {
	session, ok := w.TeamViewer.Session(cmp.Or(s.VendorID, s.Code))
	if !ok || s.State.Over() {
		return
	}
	if session.State == simteamviewer.Closed {
		s.Turn, s.Next = "", "Lifeline waits for reports of the last connection, then files the session."
		return
	}
	s.Customer, s.Technician = session.EndCustomerLink, session.SupporterLink
	switch {
	case session.Connected:
		s.Turn, s.Next = "technician", "Chat, then end the connection as the technician."
	case session.Online:
		s.Turn, s.Next = "technician", "Connect as the technician. After the last connection, close the session in the management console."
		s.Console = w.URL("teamviewer") + "/console"
	}
}

// findRun finds the session's run. A record's sessions share one workflow id, so the vendor's id tells them apart where
// both have it; else the newest run counts.
func findRun(s *deskSession, runs []api.ListItem) {
	at := slices.IndexFunc(runs, func(run api.ListItem) bool {
		return run.WorkflowID == s.workflowID && (s.VendorID == "" || run.VendorSessionID == "" || run.VendorSessionID == s.VendorID)
	})
	if at >= 0 {
		s.Run, s.Problem = runs[at].TemporalURL, cmp.Or(s.Problem, waitsFor(runs[at].Attention))
	}
}

// waitsFor says what a session in attention waits for; the panel has the button.
func waitsFor(code string) string {
	if code == "" {
		return ""
	}
	return "Waits for a human. " + support.Remedy(code)
}

// runsTimeout bounds the look at Lifeline: the desk is useful without it too.
const runsTimeout = time.Second

// runs asks Lifeline for a connection's runs, the newest first. In dev its operations are open to this machine.
func (w *World) runs(ctx context.Context, connection string) ([]api.ListItem, error) {
	ctx, cancel := context.WithTimeout(ctx, runsTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.options.API+"/v1/sessions?limit=100&connection="+url.QueryEscape(connection), nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer api.ListAnswer
	if response.StatusCode == http.StatusOK {
		err = json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&answer)
	}
	return answer.Sessions, err
}
