package activities

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.com/lifeline/support"
)

// AdoptInput is a vendor session that no live run knows.
type AdoptInput struct {
	Connection string        `json:"connection"`
	Event      support.Event `json:"event"`
}

// Adopted is what the CRM and the settings say of it.
type Adopted struct {
	Settings support.Settings `json:"settings"`
	Row      *support.RowInfo `json:"row,omitempty"`    // filed or begun before
	Record   *support.Record  `json:"record,omitempty"` // where it belongs, when that is known
	PanelURL string           `json:"panelUrl,omitempty"`
	// Connections are all that TeamViewer reports of a session whose row exists.
	Connections []Connected `json:"connections,omitempty"`
}

// Connected is one connection on a TeamViewer code, as its report tells it.
type Connected struct {
	Report    string    `json:"report"`
	StartedAt time.Time `json:"startedAt,omitzero"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
	Work      int64     `json:"work,omitempty"`
	Notes     string    `json:"notes,omitempty"`
	Edit      string    `json:"edit,omitempty"` // id of the event that told this
}

// Seconds is how long it lasted; 0 when that is not known.
func (c Connected) Seconds() int64 {
	if c.StartedAt.IsZero() || !c.EndedAt.After(c.StartedAt) {
		return 0
	}
	return int64(c.EndedAt.Sub(c.StartedAt).Seconds())
}

// Adopt finds out where a vendor session belongs: to a row filed before, to the record its token names, or to a
// ticket whose number stands in its fields.
func (s *Steps) Adopt(ctx context.Context, in AdoptInput) (Adopted, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return Adopted{}, err
	}
	adopted := Adopted{Settings: c.Settings}
	row, err := c.CRM.FindRow(ctx, c.Vendor.Kind(), in.Event.VendorSessionID)
	if support.HasCode(err, support.CodeNotFound) && in.Event.Token != "" {
		row, err = rowByToken(ctx, c, in.Event)
	}
	if err != nil && !support.HasCode(err, support.CodeNotFound) {
		return Adopted{}, err
	}
	if err == nil {
		adopted.Row = &row
		s.addReported(ctx, c, in.Event, &adopted)
	}
	adopted.Record, err = s.home(ctx, c, in, adopted.Row)
	if adopted.Record != nil {
		adopted.PanelURL = s.panel(adopted.Record.Ref)
	}
	return adopted, err
}

// addReported reads all connections of a session anew of which one is news: the row has only what came of them all.
// Without, the news are added to the row.
func (s *Steps) addReported(ctx context.Context, c *Connection, event support.Event, adopted *Adopted) {
	if c.Vendor.Kind() != support.TeamViewer || event.Kind != support.EventReported {
		return
	}
	reports, err := connectionsOn(ctx, c, event.VendorSessionID)
	if err != nil {
		s.Log.WarnContext(ctx, "the session's connections could not be read", "session", event.VendorSessionID, "error", err)
		return
	}
	var now []string
	for _, r := range reports {
		notes := strings.ToValidUTF8(r.Notes[:min(len(r.Notes), maxNotes)], "")
		adopted.Connections = append(adopted.Connections, Connected{
			Report: r.ID, StartedAt: r.StartedAt, EndedAt: r.EndedAt, Work: r.WorkSeconds, Notes: notes, Edit: reportID(r)})
		now = append(now, r.ID, reportID(r))
	}
	adopted.Row.Sources = slices.DeleteFunc(adopted.Row.Sources, func(id string) bool { return !slices.Contains(now, id) })
}

// connectionsOn reads the connections on a code from page to page. All or none: a part of them would take the place of
// what the row has of them all.
func connectionsOn(ctx context.Context, c *Connection, code string) ([]support.Report, error) {
	var all []support.Report
	err := eachPage(ctx, c, support.ReportQuery{VendorSessionID: code}, func(page []support.Report) (bool, error) {
		for _, r := range page {
			if r.VendorSessionID == code {
				all = append(all, r)
			}
		}
		if len(all) > maxConnections {
			return true, support.Stopped(support.CodeInvalid, "there are more connections on the code than are read anew", nil)
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// What is read anew of a session stays below what the engine takes as a step's result.
const (
	maxConnections = 100
	maxNotes       = 16 << 10
)

// rowByToken finds the row of the code by which the session began. A row that is another session's stays that one's: a
// token comes twice when a customer uses a replaced code beside the new one, or a technician copies a field.
func rowByToken(ctx context.Context, c *Connection, event support.Event) (support.RowInfo, error) {
	row, err := c.CRM.FindRowByToken(ctx, event.Token)
	if err == nil && row.VendorSessionID != "" && row.VendorSessionID != event.VendorSessionID {
		return support.RowInfo{}, support.Stopped(support.CodeNotFound, "the row of this token is another session's", nil)
	}
	return row, err
}

// home finds the record: by row, by token, by number. None is nil; one that is gone is none.
func (s *Steps) home(ctx context.Context, c *Connection, in AdoptInput, row *support.RowInfo) (*support.Record, error) {
	if row != nil && !row.Record.IsZero() {
		return read(ctx, c, in.Connection, row.Record)
	}
	if ref, _, ok := in.Event.Token.Parse(c.CRM.Kind(), in.Connection); ok {
		return read(ctx, c, in.Connection, ref)
	}
	for _, field := range in.Event.Fields {
		number := strings.TrimSpace(field.Value)
		if !strings.HasPrefix(strings.ToLower(field.Name), "cfield") || !looksLikeNumber(number) {
			continue
		}
		record, err := c.CRM.FindRecord(ctx, in.Connection, number)
		if e := support.AsError(err); e != nil && e.Kind == support.Stop {
			continue // no such ticket, or no number after all
		}
		return &record, err
	}
	return nil, nil
}

func read(ctx context.Context, c *Connection, connection string, ref support.RecordRef) (*support.Record, error) {
	ref.Connection = connection
	record, err := c.CRM.ReadRecord(ctx, ref)
	if support.HasCode(err, support.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	record.Ref = ref
	return &record, nil
}

var ticketNumber = regexp.MustCompile(`^[A-Z][A-Za-z0-9/._-]{3,39}$`)

// looksLikeNumber keeps names, e-mails and addresses from being searched for as ticket numbers: a letter first, digits,
// no blanks.
func looksLikeNumber(s string) bool {
	return ticketNumber.MatchString(s) && strings.ContainsAny(s, "0123456789")
}

// CreateInput asks for a ticket for a session that was begun in the vendor's console.
type CreateInput struct {
	Connection string             `json:"connection"`
	Record     support.NewRecord  `json:"record"`
	Technician support.Technician `json:"technician"`
}

// CreateRecord creates the ticket once, assigned to the technician's CRM user if there is exactly one.
func (s *Steps) CreateRecord(ctx context.Context, in CreateInput) (support.Record, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return support.Record{}, err
	}
	in.Record.Connection = in.Connection
	if in.Record.Assignee, err = c.CRM.AgentOf(ctx, in.Technician); err != nil {
		return support.Record{}, err
	}
	return c.CRM.CreateRecord(ctx, in.Record)
}

// TranscriptInput names a vendor session.
type TranscriptInput struct {
	Connection      string `json:"connection"`
	VendorSessionID string `json:"vendorSessionId"`
}

// FetchTranscript fetches chat and notes of a session whose end post did not come. A vendor that has none answers an
// empty one.
func (s *Steps) FetchTranscript(ctx context.Context, in TranscriptInput) (support.Transcript, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return support.Transcript{}, err
	}
	return c.Vendor.Transcript(ctx, in.VendorSessionID)
}

// HandOn brings an event to the run that adopts its session.
func (s *Steps) HandOn(ctx context.Context, in AdoptInput) error {
	return s.Dispatch.Adopt(ctx, in.Connection, in.Event)
}
