package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// SessionAnswer is a session as callers get it.
type SessionAnswer struct {
	workflows.View
	TechnicianLink string `json:"technicianLink,omitempty"` // Lifeline's own short-lived redirect
	TemporalURL    string `json:"temporalUrl,omitempty"`    // the run in the engine's UI
}

// ask is what every request on a record may say.
type ask struct {
	RequestID  string              `json:"requestId"`
	Agent      support.Agent       `json:"agent"`
	Number     string              `json:"number"`
	To         support.Customer    `json:"to"`
	TemplateID string              `json:"templateId"`
	Channel    support.MailChannel `json:"channel"`
}

// request reads record, body and key of a request on a record. A panel link's agent counts above the body's.
func (s *Server) request(c echo.Context) (support.RecordRef, ask, error) {
	ref, err := s.record(c)
	if err != nil {
		return ref, ask{}, err
	}
	var in ask
	decoder := json.NewDecoder(c.Request().Body)
	if err := decoder.Decode(&in); err != nil && !errors.Is(err, io.EOF) {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return ref, in, err
		}
		return ref, in, support.Stopped(support.CodeInvalid, "the body is not the JSON this address expects", nil)
	}
	if who := c.Get(callerKey).(caller); !who.trusted {
		in.Agent = *who.agent
	}
	if key := c.Request().Header.Get("Idempotency-Key"); key != "" {
		in.RequestID = key
	}
	if in.RequestID == "" {
		in.RequestID = uuid.NewString()
	}
	if len(in.RequestID) > 128 {
		return ref, in, support.Stopped(support.CodeInvalid, "the idempotency key is longer than 128 characters", nil)
	}
	return ref, in, nil
}

func (s *Server) record(c echo.Context) (support.RecordRef, error) {
	door, err := s.door(c)
	if err != nil {
		return support.RecordRef{}, err
	}
	return support.NewRecordRef(door.CRM.Kind(), door.Name, c.Param("type"), c.Param("id"))
}

func (s *Server) answer(c echo.Context, status int, ref support.RecordRef, agent support.Agent, view workflows.View) error {
	out := SessionAnswer{View: view}
	out.PanelURL = s.panelURL(ref, agent)
	if view.Buttons.Join {
		out.TechnicianLink = s.joinURL(ref, agent)
	}
	out.TemporalURL = s.RunURL(view.WorkflowID, view.RunID)
	return c.JSON(status, out)
}

func (s *Server) open(c echo.Context) error {
	ref, in, err := s.request(c)
	if err != nil {
		return err
	}
	view, err := s.Sessions.OpenSession(c.Request().Context(), ref, workflows.Press{Agent: in.Agent, Number: in.Number}, in.RequestID)
	if err != nil {
		return s.withSignIn(ref, in.Agent, err)
	}
	status := http.StatusOK
	if view.First {
		status = http.StatusCreated
	}
	return s.answer(c, status, ref, in.Agent, view)
}

// state answers the record's session, or that there is none: then only the button for a new one is enabled.
func (s *Server) state(c echo.Context) error {
	ref, in, err := s.request(c)
	if err != nil {
		return err
	}
	view, err := s.stateOf(c, ref)
	if err != nil {
		return err
	}
	return s.answer(c, http.StatusOK, ref, in.Agent, view)
}

func (s *Server) stateOf(c echo.Context, ref support.RecordRef) (workflows.View, error) {
	view, err := s.Sessions.State(c.Request().Context(), ref)
	if support.HasCode(err, support.CodeNoLiveSession) {
		view = workflows.View{Connection: ref.Connection, Record: ref, Buttons: support.ButtonsFor("", time.Time{}, false, s.Now())}
		return view, nil
	}
	return view, err
}

func (s *Server) share(c echo.Context) error {
	ref, in, err := s.request(c)
	if err != nil {
		return err
	}
	share := workflows.Share{Agent: in.Agent, To: in.To, TemplateID: in.TemplateID, Channel: in.Channel}
	shared, err := s.Sessions.Share(c.Request().Context(), ref, share, in.RequestID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.sharedAnswer(shared))
}

func (s *Server) renew(c echo.Context) error {
	ref, in, err := s.request(c)
	if err != nil {
		return err
	}
	view, err := s.Sessions.Renew(c.Request().Context(), ref, workflows.RenewPress{Agent: in.Agent}, in.RequestID)
	if err != nil {
		return err
	}
	return s.answer(c, http.StatusOK, ref, in.Agent, view)
}

func (s *Server) close(c echo.Context) error {
	ref, in, err := s.request(c)
	if err != nil {
		return err
	}
	view, err := s.Sessions.CloseSession(c.Request().Context(), ref, workflows.ClosePress{Agent: in.Agent}, in.RequestID)
	if err != nil {
		return err
	}
	return s.answer(c, http.StatusOK, ref, in.Agent, view)
}

func (s *Server) retry(c echo.Context) error {
	ref, in, err := s.request(c)
	if err != nil {
		return err
	}
	view, err := s.Sessions.Retry(c.Request().Context(), ref, workflows.RetryPress{By: in.Agent.ID}, in.RequestID)
	if err != nil {
		return err
	}
	return s.answer(c, http.StatusOK, ref, in.Agent, view)
}

// joinLink answers the agent's short-lived way into the session.
func (s *Server) joinLink(c echo.Context) error {
	ref, in, err := s.request(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"technicianLink": s.joinURL(ref, in.Agent)})
}

// join leads the agent's browser into the session. The vendor's address is a bearer secret: it is in no page, no
// answer body and no log.
func (s *Server) join(c echo.Context) error {
	g, ok := s.links.open(c.Param("token"), joinPurpose)
	if !ok {
		return support.Stopped(codeUnauthenticated, "this link has run out; please open the session from the record again", nil)
	}
	link, err := s.Sessions.Join(c.Request().Context(), g.Record, workflows.JoinPress{Agent: g.Agent}, uuid.NewString())
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, link.Reveal())
}

func (s *Server) history(c echo.Context) error {
	ref, err := s.record(c)
	if err != nil {
		return err
	}
	limit, err := strconv.Atoi(c.QueryParam("limit"))
	if err != nil || limit < 1 || limit > 200 {
		limit = 50
	}
	rows, err := s.Doors[ref.Connection].CRM.History(c.Request().Context(), ref, limit)
	if err != nil {
		return err
	}
	list := make([]HistoryItem, len(rows))
	for i, row := range rows {
		list[i] = historyItem(row)
	}
	return c.JSON(http.StatusOK, map[string]any{"sessions": list})
}

// HistoryItem is a past session of a record.
type HistoryItem struct {
	Key             string             `json:"key"`
	Vendor          support.VendorKind `json:"vendor"`
	VendorSessionID string             `json:"vendorSessionId,omitempty"`
	State           support.State      `json:"state"`
	Reason          support.Reason     `json:"reason,omitempty"`
	Technician      string             `json:"technician,omitempty"`
	Customer        string             `json:"customer,omitempty"`
	RequestedAt     time.Time          `json:"requestedAt,omitzero"`
	StartedAt       time.Time          `json:"startedAt,omitzero"`
	EndedAt         time.Time          `json:"endedAt,omitzero"`
	Notes           string             `json:"notes,omitempty"`
}

func historyItem(row support.RowInfo) HistoryItem {
	return HistoryItem{
		Key: row.Key, Vendor: row.Vendor, VendorSessionID: row.VendorSessionID, State: row.State, Reason: row.Reason,
		Technician: row.Technician.Name, Customer: row.Customer.Name, RequestedAt: row.RequestedAt, StartedAt: row.StartedAt,
		EndedAt: row.EndedAt, Notes: row.Notes,
	}
}
