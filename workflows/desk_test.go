package workflows_test

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

// desk plays every step of a session, and remembers what it was asked. A step fails while its fault says so.
type desk struct {
	mu       sync.Mutex
	now      func() time.Time
	settings support.Settings
	record   support.Record

	technician support.Technician
	invitation support.Invitation
	found      activities.Adopted
	transcript support.Transcript
	mailed     support.MailStatus

	faults map[string]func(call int) error
	after  func(step string) error // sees what each step did; its failure is an answer that was lost
	calls  []string
	counts map[string]int

	opened     []activities.OpenInput
	rows       []support.SessionRow
	closedRows []activities.CloseRowInput
	outcomes   []activities.OutcomeInput
	notes      map[string]support.Note // by marker: the CRM keeps one of each
	files      []support.Attachment
	resolved   []support.Resolution
	reassigned []activities.ReassignInput
	created    []activities.CreateInput
	invited    []activities.InviteInput
	mailedTo   []activities.InviteInput
	shares     []activities.ShareInput
	closings   []support.CloseRequest
	joins      []support.JoinRequest
	joinedBy   []*support.Agent
	handed     []support.Event
	asked      []support.Event
	raised     []activities.Trouble
	cleared    []activities.Trouble
}

func newDesk() *desk {
	return &desk{
		settings: support.Settings{
			Enabled: true, Notes: support.NotesAll, NoteLimit: 4000, InvitationTTL: 20 * time.Minute, EndGrace: 2 * time.Minute,
			Reassign: support.ReassignNever,
		},
		record:     support.Record{Ref: incident, Number: "INC0010001", Title: "Printer on fire", Customer: ana},
		technician: danaTech,
		invitation: support.Invitation{Code: pin, CustomerLink: "https://rescue.example.com/" + pin},
		mailed:     support.MailSent,
		faults:     map[string]func(int) error{},
		counts:     map[string]int{},
		notes:      map[string]support.Note{},
	}
}

// fails lets a step fail: always, or only its first calls.
func (d *desk) fails(step string, err error, first ...int) {
	d.faults[step] = func(call int) error {
		if len(first) > 0 && call > first[0] {
			return nil
		}
		return err
	}
}

// failsUntil lets a step fail up to a time.
func (d *desk) failsUntil(step string, after time.Duration, err error) {
	d.faults[step] = func(int) error {
		if d.now().Before(start.Add(after)) {
			return err
		}
		return nil
	}
}

func (d *desk) enter(step string) error {
	d.calls = append(d.calls, step)
	d.counts[step]++
	if fault := d.faults[step]; fault != nil {
		return activities.Failed(fault(d.counts[step]))
	}
	return nil
}

// done plays a step: it fails if it is to, or keeps what happened.
func (d *desk) done(step string, keep func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.enter(step); err != nil {
		return err
	}
	keep()
	if d.after != nil {
		return activities.Failed(d.after(step))
	}
	return nil
}

func (d *desk) ReadRecord(context.Context, support.RecordRef) (found activities.Prepared, err error) {
	err = d.done("ReadRecord", func() {
		found = activities.Prepared{Record: d.record, Settings: d.settings, PanelURL: "https://lifeline.example.com/panel"}
	})
	return found, err
}

func (d *desk) ResolveTechnician(context.Context, activities.ResolveInput) (found support.Technician, err error) {
	err = d.done("ResolveTechnician", func() { found = d.technician })
	return found, err
}

func (d *desk) OpenSession(_ context.Context, in activities.OpenInput) (made support.Invitation, err error) {
	err = d.done("OpenSession", func() {
		d.opened = append(d.opened, in)
		made = d.invitation
		if len(d.opened) > 1 {
			made.Code = nextCode(made.Code, len(d.opened))
			if made.VendorSessionID != "" {
				made.VendorSessionID = made.Code
			}
		}
		made.ExpiresAt = in.Request.Now.Add(in.Request.InvitationTTL)
	})
	return made, err
}

// nextCode makes each further code another one.
func nextCode(code string, n int) string { return code[:len(code)-1] + string(rune('0'+n)) }

func (d *desk) InviteCustomer(_ context.Context, in activities.InviteInput) error {
	return d.done("InviteCustomer", func() { d.invited = append(d.invited, in) })
}

func (d *desk) InviteTechnician(_ context.Context, in activities.InviteInput) error {
	return d.done("InviteTechnician", func() { d.mailedTo = append(d.mailedTo, in) })
}

func (d *desk) ShareLink(_ context.Context, in activities.ShareInput) (result activities.ShareResult, err error) {
	err = d.done("ShareLink", func() {
		d.shares = append(d.shares, in)
		result = activities.ShareResult{Letter: support.Letter{Subject: "Come in"}, Status: support.MailSent}
		if in.Channel == support.MailCRM {
			result.MailID, result.Status = "mail-1", support.MailQueued
		}
	})
	return result, err
}

func (d *desk) FollowMail(context.Context, activities.MailInput) (status support.MailStatus, err error) {
	err = d.done("FollowMail", func() { status = d.mailed })
	return status, err
}

func (d *desk) FileProgress(_ context.Context, in activities.RowInput) (string, error) {
	err := d.done("FileProgress", func() { d.rows = append(d.rows, in.Row) })
	return rowID(in.Row), err
}

func rowID(row support.SessionRow) string {
	if row.RowID != "" {
		return row.RowID
	}
	return "row-of-" + row.Key
}

func (d *desk) FileOutcome(ctx context.Context, in activities.OutcomeInput) (string, error) {
	err := d.done("FileOutcome", func() {
		if in.Note != nil {
			in.Note.Again = in.Note.Again || activity.GetInfo(ctx).Attempt > 1
			d.notes[in.Note.Marker] = *in.Note
		}
		d.outcomes, d.rows = append(d.outcomes, in), append(d.rows, in.Row)
	})
	return rowID(in.Row), err
}

func (d *desk) CloseRow(_ context.Context, in activities.CloseRowInput) error {
	return d.done("CloseRow", func() { d.closedRows = append(d.closedRows, in) })
}

func (d *desk) ResolveRecord(_ context.Context, resolution support.Resolution) error {
	return d.done("ResolveRecord", func() { d.resolved = append(d.resolved, resolution) })
}

func (d *desk) Reassign(_ context.Context, in activities.ReassignInput) (bool, error) {
	return true, d.done("Reassign", func() { d.reassigned = append(d.reassigned, in) })
}

func (d *desk) Attach(_ context.Context, file support.Attachment) error {
	return d.done("Attach", func() { d.files = append(d.files, file) })
}

func (d *desk) CloseSession(_ context.Context, in activities.CloseInput) error {
	return d.done("CloseSession", func() { d.closings = append(d.closings, in.Request) })
}

func (d *desk) JoinSession(_ context.Context, in activities.JoinInput) (support.Secret, error) {
	return "https://join.example.com/secret", d.done("JoinSession", func() { d.joins, d.joinedBy = append(d.joins, in.Request), append(d.joinedBy, in.Other) })
}

func (d *desk) Adopt(_ context.Context, in activities.AdoptInput) (found activities.Adopted, err error) {
	err = d.done("Adopt", func() { d.asked, found = append(d.asked, in.Event), d.found })
	return found, err
}

func (d *desk) CreateRecord(_ context.Context, in activities.CreateInput) (made support.Record, err error) {
	err = d.done("CreateRecord", func() {
		d.created = append(d.created, in)
		made = support.Record{Ref: incident, Number: "INC0010077"}
	})
	return made, err
}

func (d *desk) FetchTranscript(context.Context, activities.TranscriptInput) (told support.Transcript, err error) {
	err = d.done("FetchTranscript", func() { told = d.transcript })
	return told, err
}

func (d *desk) HandOn(_ context.Context, in activities.AdoptInput) error {
	return d.done("HandOn", func() { d.handed = append(d.handed, in.Event) })
}

func (d *desk) RaiseAlert(_ context.Context, in activities.AlertInput) error {
	return d.done("RaiseAlert", func() { d.raised = append(d.raised, in.Trouble) })
}

func (d *desk) ClearAlert(_ context.Context, in activities.AlertInput) error {
	return d.done("ClearAlert", func() { d.cleared = append(d.cleared, in.Trouble) })
}

// lastRow is the session row as it stands.
func (d *desk) lastRow() support.SessionRow { return d.rows[len(d.rows)-1] }

// states lists the states that the row went through.
func (d *desk) states() []support.State {
	var list []support.State
	for _, row := range d.rows {
		if len(list) == 0 || list[len(list)-1] != row.State {
			list = append(list, row.State)
		}
	}
	return list
}
