package teamviewer

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"example.com/lifeline/support"
)

const reportsFunction = "/reports/connections"

// record is one connection of the report (teamviewer.md 3.3). A session code may have several.
type record struct {
	ID           text          `json:"id"`
	UserID       text          `json:"userid"`
	UserName     text          `json:"username"`
	DeviceID     text          `json:"deviceid"`
	DeviceName   text          `json:"devicename"`
	GroupName    text          `json:"groupname"`
	Type         text          `json:"support_session_type"`
	Start        moment        `json:"start_date"`
	End          moment        `json:"end_date"`
	Fee          text          `json:"fee"`
	Bill         text          `json:"bill"` // the manual's name for fee
	Currency     text          `json:"currency"`
	BillingState text          `json:"billing_state"`
	Notes        text          `json:"notes"`
	Code         text          `json:"session_code"`
	SessionNote  text          `json:"session_note"`
	CustomAPI    text          `json:"custom_api"`
	Customer     loose[person] `json:"end_customer"`
	Feedback     loose[rating] `json:"feedback"`
}

// rating is what the customer thought of it.
type rating struct {
	Rating  text `json:"session_rating"`
	Comment text `json:"user_comment"`
}

// Report implements support.Vendor: finished connections of all the token sees, with and without a code, newest end
// first, at most 1,000 a page (teamviewer.md 3.2). The window counts by start. Windows should overlap: records appear
// late, and notes are edited later (3.5). A connection without a code has no VendorSessionID. With NO_REPORTS there are
// none.
func (v *Vendor) Report(ctx context.Context, query support.ReportQuery) (support.ReportPage, error) {
	if v.cfg.NoReports {
		return support.ReportPage{}, nil
	}
	values := url.Values{}
	setTime(values, "from_date", query.From)
	setTime(values, "to_date", nextSecond(query.To))
	if query.VendorSessionID != "" {
		values.Set("session_code", undashed(query.VendorSessionID))
	}
	if query.Cursor != "" {
		values.Set("offset_id", query.Cursor)
	}
	var page struct {
		Records    []json.RawMessage `json:"records"`
		NextOffset text              `json:"next_offset"`
	}
	if err := v.page(ctx, reportsFunction, values, &page); err != nil {
		return support.ReportPage{}, err
	}
	result := support.ReportPage{Reports: make([]support.Report, 0, len(page.Records))}
	for _, raw := range page.Records {
		if report, ok := readRecord(raw); ok {
			result.Reports = append(result.Reports, report)
		} else {
			v.log.WarnContext(ctx, "a record of TeamViewer's report cannot be read", "bytes", len(raw))
		}
	}
	if next := string(page.NextOffset); next != query.Cursor {
		result.Next = next
	}
	return result, nil
}

// nextSecond rounds up: to_date is exclusive, times are in whole seconds, and what began just before must not be left out.
func nextSecond(at time.Time) time.Time {
	if whole := at.Truncate(time.Second); whole.Before(at) {
		return whole.Add(time.Second)
	}
	return at
}

func setTime(values url.Values, name string, at time.Time) {
	if !at.IsZero() {
		values.Set(name, at.UTC().Truncate(time.Second).Format(time.RFC3339))
	}
}

// readRecord is tolerant of forms, but a record without an id cannot be told from others.
func readRecord(raw []byte) (support.Report, bool) {
	var r record
	if json.Unmarshal(raw, &r) != nil || r.ID == "" {
		return support.Report{}, false
	}
	return r.report(), true
}

func (r record) report() support.Report {
	report := support.Report{
		ID:              strings.ToLower(string(r.ID)), // printed in upper case here and there
		VendorSessionID: dashed(string(r.Code)),
		Token:           tokenOf(r.CustomAPI),
		Technician:      support.Technician{ID: string(r.UserID), Name: string(r.UserName)},
		Customer:        support.Customer{Name: string(r.Customer.value.Name), Email: string(r.Customer.value.Email)},
		DeviceID:        string(r.DeviceID),
		DeviceName:      string(r.DeviceName),
		StartedAt:       r.Start.Time,
		EndedAt:         r.End.Time,
		Description:     string(r.CustomAPI),
		Notes:           string(r.Notes),
		Fields:          r.fields(),
	}
	if r.End.After(r.Start.Time) && !r.Start.IsZero() {
		report.WorkSeconds = int64(r.End.Sub(r.Start.Time).Seconds())
	}
	return report
}

// fields are the record's values under TeamViewer's names, for work notes.
func (r record) fields() []support.Field {
	fee := r.Fee
	if fee == "" {
		fee = r.Bill
	}
	var fields []support.Field
	for _, f := range []support.Field{
		{Name: "session_code", Value: dashed(string(r.Code))}, {Name: "username", Value: string(r.UserName)},
		{Name: "userid", Value: string(r.UserID)}, {Name: "end_customer", Value: string(r.Customer.value.Name)},
		{Name: "devicename", Value: string(r.DeviceName)}, {Name: "deviceid", Value: string(r.DeviceID)},
		{Name: "groupname", Value: string(r.GroupName)}, {Name: "support_session_type", Value: string(r.Type)},
		{Name: "start_date", Value: r.Start.written()}, {Name: "end_date", Value: r.End.written()},
		{Name: "notes", Value: string(r.Notes)}, {Name: "session_note", Value: string(r.SessionNote)},
		{Name: "fee", Value: string(fee)}, {Name: "currency", Value: string(r.Currency)},
		{Name: "billing_state", Value: string(r.BillingState)}, {Name: "session_rating", Value: string(r.Feedback.value.Rating)},
		{Name: "user_comment", Value: string(r.Feedback.value.Comment)},
	} {
		if f.Value != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// written is the form all times have on TeamViewer's wire.
func (m moment) written() string {
	if m.IsZero() {
		return ""
	}
	return m.Format(time.RFC3339)
}
