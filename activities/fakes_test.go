package activities_test

import (
	"context"
	"io"
	"log/slog"
	"time"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

const acme = "acme-sn"

var (
	now      = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	incident = support.RecordRef{Connection: acme, Type: "incident", ID: "9d385017c611228701d22104cc95c371"}
	ours     = support.NewToken(support.ServiceNow, incident, support.Nonce("run"))
	notFound = support.Stopped(support.CodeNotFound, "not found", nil)
	down     = support.Retryable(support.CodeUnreachable, "down", 7*time.Minute, nil)
)

// vendor is a remote-support product whose answers are given.
type vendor struct {
	support.Vendor
	kind    support.VendorKind
	list    []support.Observation
	listErr error
	asked   []support.ObserveRequest
	askedAt []time.Time
	takes   time.Duration // of a list; in a bubble only, as is reportTakes

	reportTakes time.Duration
	reportFails bool // with a panic
	pages       map[string]support.ReportPage
	queries     []support.ReportQuery
	opened      []support.OpenRequest
	found       support.Technician

	reportErr error
	closed    []string
	closeErr  error
	named     []support.Customer
}

func (v *vendor) Kind() support.VendorKind { return v.kind }
func (v *vendor) Account() string          { return "account" }

func (v *vendor) Observe(_ context.Context, req support.ObserveRequest) ([]support.Observation, error) {
	v.asked, v.askedAt = append(v.asked, req), append(v.askedAt, time.Now())
	<-time.After(v.takes)
	return v.list, v.listErr
}

func (v *vendor) Report(_ context.Context, query support.ReportQuery) (support.ReportPage, error) {
	v.queries = append(v.queries, query)
	<-time.After(v.reportTakes)
	if v.reportFails {
		panic("a report that nobody expected")
	}
	return v.pages[query.Cursor], v.reportErr
}

func (v *vendor) Close(_ context.Context, req support.CloseRequest) error {
	v.closed = append(v.closed, req.VendorSessionID)
	return v.closeErr
}

func (v *vendor) UpdateCustomer(_ context.Context, _ string, to support.Customer) error {
	v.named = append(v.named, to)
	return nil
}

func (v *vendor) Open(_ context.Context, req support.OpenRequest) (support.Invitation, error) {
	v.opened = append(v.opened, req)
	return support.Invitation{Code: "123456"}, nil
}

func (v *vendor) Technician(context.Context, support.Technician) (support.Technician, error) {
	return v.found, nil
}

// crm is a ticket system with a few records and rows.
type crm struct {
	support.CRM
	records   map[string]support.Record // by id and by number
	rows      map[string]support.RowInfo
	silent    bool // does not answer when rows are sought
	sought    int
	byToken   map[support.Token]support.RowInfo
	agents    map[string]support.Agent // by SSO id
	contacts  map[string]support.Customer
	saved     []support.SessionRow
	closed    []string
	notes     []support.Note
	noteErr   error
	reports   []support.Report
	assigned  []support.Agent
	created   []support.NewRecord
	searched  []string
	letter    support.Letter
	mailings  []support.Mailing
	mail      support.MailStatus
	request   support.RowRequest
	waiting   []support.RowRequest
	learned   []support.Technician
	settingOf support.Technician
}

func (c *crm) Kind() support.CRMKind { return support.ServiceNow }

func (c *crm) ReadRecord(_ context.Context, ref support.RecordRef) (support.Record, error) {
	return lookUp(c.records, ref.ID)
}

func (c *crm) FindRecord(_ context.Context, _, number string) (support.Record, error) {
	c.searched = append(c.searched, number)
	return lookUp(c.records, number)
}

func (c *crm) FindRow(_ context.Context, _ support.VendorKind, id string) (support.RowInfo, error) {
	c.sought++
	if c.silent {
		return support.RowInfo{}, support.Retryable(support.CodeUnreachable, "no answer", 0, nil)
	}
	return lookUp(c.rows, id)
}

func (c *crm) FindRowByToken(_ context.Context, token support.Token) (support.RowInfo, error) {
	return lookUp(c.byToken, token)
}

func lookUp[K comparable, V any](in map[K]V, key K) (V, error) {
	found, ok := in[key]
	if !ok {
		return found, notFound
	}
	return found, nil
}

func (c *crm) SaveRow(_ context.Context, row support.SessionRow) (string, error) {
	c.saved = append(c.saved, row)
	return "row-1", nil
}

func (c *crm) CloseRow(_ context.Context, rowID string, _ support.State) error {
	c.closed = append(c.closed, rowID)
	return nil
}

func (c *crm) AddNote(_ context.Context, note support.Note) error {
	c.notes = append(c.notes, note)
	return c.noteErr
}

func (c *crm) SaveReports(_ context.Context, _ string, _ support.VendorKind, reports []support.Report) error {
	c.reports = append(c.reports, reports...)
	return nil
}

func (c *crm) TechnicianOf(context.Context, support.Agent) (support.Technician, error) {
	return c.settingOf, nil
}

func (c *crm) LearnTechnician(_ context.Context, _ support.Agent, technician support.Technician) error {
	c.learned = append(c.learned, technician)
	return nil
}

func (c *crm) AgentOf(_ context.Context, technician support.Technician) (support.Agent, error) {
	return c.agents[technician.SSOID], nil
}

func (c *crm) Reassign(_ context.Context, _ support.RecordRef, agent support.Agent) error {
	c.assigned = append(c.assigned, agent)
	return nil
}

func (c *crm) CreateRecord(_ context.Context, record support.NewRecord) (support.Record, error) {
	c.created = append(c.created, record)
	return support.Record{Number: "INC0010077"}, nil
}

func (c *crm) Contact(_ context.Context, _ support.RecordRef, id string) (support.Customer, error) {
	return c.contacts[id], nil
}

func (c *crm) Render(context.Context, support.RecordRef, string, support.Customer, support.Agent) (support.Letter, error) {
	return c.letter, nil
}

func (c *crm) SendMail(_ context.Context, mailing support.Mailing) (string, error) {
	c.mailings = append(c.mailings, mailing)
	return "mail-1", nil
}

func (c *crm) MailStatus(context.Context, string) (support.MailStatus, error) { return c.mail, nil }

func (c *crm) ReadRequest(context.Context, string) (support.RowRequest, error) { return c.request, nil }

func (c *crm) OpenRequests(context.Context, time.Time) ([]support.RowRequest, error) {
	return c.waiting, nil
}

// told is one event and where it went.
type told struct {
	To    string // workflow id, or connection for events that were delivered
	Event support.Event
}

// dispatcher keeps what was told to whom.
type dispatcher struct {
	live      map[string][]activities.LiveSession
	observed  []told
	delivered []told
	opened    []activities.PressedRow
	requested []string
}

func (d *dispatcher) Open(_ context.Context, press activities.PressedRow) error {
	d.opened = append(d.opened, press)
	return nil
}

func (d *dispatcher) Deliver(_ context.Context, connection string, event support.Event) error {
	d.delivered = append(d.delivered, told{connection, event})
	return nil
}

func (d *dispatcher) Adopt(ctx context.Context, connection string, event support.Event) error {
	return d.Deliver(ctx, connection, event)
}

func (d *dispatcher) Live(_ context.Context, connection string) ([]activities.LiveSession, error) {
	return d.live[connection], nil
}

func (d *dispatcher) Observe(_ context.Context, workflowID string, event support.Event) error {
	d.observed = append(d.observed, told{workflowID, event})
	return nil
}

func (d *dispatcher) Raise(context.Context, string, activities.Trouble) error { return nil }
func (d *dispatcher) Clear(context.Context, string, string, string) error     { return nil }

func (d *dispatcher) Request(_ context.Context, _, rowID string) error {
	d.requested = append(d.requested, rowID)
	return nil
}

// post keeps the letters that went out.
type post struct{ sent []support.Letter }

func (p *post) Send(_ context.Context, _ string, _ support.Customer, letter support.Letter) error {
	p.sent = append(p.sent, letter)
	return nil
}

// house is the steps among fakes of everything they reach.
type house struct {
	*activities.Steps
	vendor   *vendor
	crm      *crm
	dispatch *dispatcher
	post     *post
}

func newHouse(kind support.VendorKind) *house {
	h := &house{vendor: &vendor{kind: kind}, crm: &crm{}, dispatch: &dispatcher{live: map[string][]activities.LiveSession{}}, post: &post{}}
	connection := &activities.Connection{Name: acme, Vendor: h.vendor, CRM: h.crm, Settings: support.Settings{Enabled: true, Language: "en"}}
	h.Steps = &activities.Steps{
		Connections: map[string]*activities.Connection{acme: connection}, Post: h.post, Stationery: paper{}, Dispatch: h.dispatch,
		AlertTo: []support.Customer{{Email: "ops@example.com"}}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		PollEvery: func(string) time.Duration { return time.Minute }, Now: func() time.Time { return now },
	}
	return h
}

// paper writes letters that say what they are about.
type paper struct{}

func (paper) CustomerInvitation(_ string, i activities.InvitationText) support.Letter {
	return support.Letter{Subject: "invitation " + i.Code, Text: i.Link}
}

func (paper) TechnicianInvitation(_ string, i activities.InvitationText) support.Letter {
	return support.Letter{Subject: "technician " + i.Code}
}

func (paper) RenewedInvitation(_ string, i activities.InvitationText) support.Letter {
	return support.Letter{Subject: "renewed " + i.Code}
}

func (paper) Alert(a activities.AlertText) support.Letter {
	return support.Letter{Subject: "alert " + a.Trouble.Code, Text: a.Trouble.Since.Format(time.TimeOnly), HTML: string(rune('0' + a.Sessions))}
}

func (paper) Recovery(a activities.AlertText) support.Letter {
	return support.Letter{Subject: "recovered " + a.Trouble.Code}
}

func (paper) ConsentExpiry(connection string, _ time.Time, days int) support.Letter {
	return support.Letter{Subject: "consent " + connection + string(rune('0'+days))}
}
