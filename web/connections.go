package web

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"example.com/lifeline/activities"
	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
)

// connectionsAtOnce bounds how many connections the engine is asked about at the same time.
const connectionsAtOnce = 8

// connectionCard is how a connection stands.
type connectionCard struct {
	Connection
	State        sessions.PeriodicState
	ReportFault  string
	Troubles     []activities.Trouble
	TroubleFault string
}

type connectionListView struct {
	Cards []connectionCard
	Done  string
}

// connectionList shows each connection's company report and what waits for a human on it.
func (p *pages) connectionList(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), engineTimeout)
	defer cancel()
	out := connectionListView{Cards: make([]connectionCard, len(p.Connections)), Done: doneWords[c.QueryParam("done")]}
	var group errgroup.Group
	group.SetLimit(connectionsAtOnce)
	for i, connection := range p.Connections {
		group.Go(func() error {
			return support.Carefully(func() error {
				out.Cards[i] = p.card(ctx, connection)
				return nil
			})
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return p.operationsPage(c, "connections", "Connections", out, "")
}

// card asks how a connection stands. What cannot be learned is said on the card, so that the others are still shown.
func (p *pages) card(ctx context.Context, connection Connection) connectionCard {
	card := connectionCard{Connection: connection}
	var err error
	if connection.Report != nil {
		if card.State, err = p.Sessions.Describe(ctx, *connection.Report); err != nil {
			card.ReportFault = support.Sentence(support.AsError(err).Message)
		}
	}
	card.Troubles, err = p.Sessions.Troubles(ctx, connection.Name)
	if err != nil && !support.HasCode(err, support.CodeNoLiveSession) { // no desk yet: nothing was ever wrong
		card.TroubleFault = support.Sentence(support.AsError(err).Message)
	}
	return card
}

// steerReport runs, pauses or resumes a connection's company report.
func (p *pages) steerReport(c echo.Context) error {
	connection, ok := p.connection(c.Param("c"))
	do := c.Param("do")
	if !ok || connection.Report == nil || !slices.Contains([]string{"run", "pause", "resume"}, do) {
		return p.say(c, http.StatusNotFound, operationsKind, "There is no such report", "The connection has no company report, or is no longer configured.")
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), engineTimeout)
	defer cancel()
	if err := p.steer(ctx, *connection.Report, do); err != nil {
		return p.refused(c, err)
	}
	return c.Redirect(http.StatusSeeOther, p.base+"/operations/connections?done="+do)
}

func (p *pages) steer(ctx context.Context, report sessions.Periodic, do string) error {
	if do == "run" {
		return p.Sessions.RunNow(ctx, report)
	}
	return p.Sessions.Pause(ctx, report, do == "pause")
}
