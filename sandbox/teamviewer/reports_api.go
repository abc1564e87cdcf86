package teamviewer

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reportPage is a page of reports (teamviewer.md 3.3). One of the counters is used, see Settings.ReportsRemaining.
type reportPage struct {
	Records          []Report `json:"records"`
	RecordsRemaining int      `json:"records_remaining,omitempty"`
	ReportsRemaining int      `json:"reports_remaining,omitempty"`
	NextOffset       string   `json:"next_offset,omitempty"`
}

// reportFilter is the query of GET /reports/connections (teamviewer.md 3.2).
type reportFilter struct {
	from, to    time.Time
	userID      string // "" is anybody
	hasCode     *bool
	sessionCode string // without dashes
	unnamed     bool
	sessionType int
	equal       url.Values // names and wanted values of the plain properties
	nothing     bool       // no report can match
}

// reportTypes are the words for support_session_type.
var reportTypes = map[string]int{"remoteconnection": 1, "remotesupportactive": 2, "remotesupportactivesdk": 3}

func newReportFilter(c *call) (*reportFilter, error) {
	q := c.query
	f := &reportFilter{userID: q.Get("userid"), sessionCode: strings.ToLower(undashed(q.Get("session_code"))),
		nothing: q.Has("sessionReportFeatures"), equal: url.Values{}} // no report has any of the newer features
	for _, name := range []string{"username", "groupid", "deviceid", "devicename"} {
		if q.Get(name) != "" {
			f.equal.Set(name, q.Get(name))
		}
	}
	var err error
	if f.hasCode, err = queryBool(q, "has_code"); err != nil {
		return f, err
	}
	if f.from, f.to, err = queryPeriod(q); err != nil {
		return f, err
	}
	if f.sessionType, err = reportType(q.Get("support_session_type")); err != nil {
		return f, err
	}
	f.restrictTo(c.by)
	unnamed, err := queryBool(q, "unnamed_device")
	if f.unnamed = unnamed != nil && *unnamed; f.unnamed && c.by.level == CompanyLevel {
		return f, badRequest("unnamed_device can be used with user-level tokens only.")
	}
	return f, err
}

// restrictTo leaves a user-level token its own reports (teamviewer.md 3.2).
func (f *reportFilter) restrictTo(b *bearer) {
	if b.level == UserLevel {
		f.nothing = f.nothing || f.userID != "" && f.userID != b.user.ID
		f.userID = b.user.ID
	}
}

func reportType(text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil {
		number = reportTypes[strings.ToLower(text)]
	}
	if text != "" && (number < 1 || number > 3) {
		return 0, badRequest("support_session_type is unknown.")
	}
	return number, nil
}

// queryPeriod reads from_date and to_date; zero is absent.
func queryPeriod(q url.Values) (from, to time.Time, err error) {
	for name, target := range map[string]*time.Time{"from_date": &from, "to_date": &to} {
		if q.Get(name) == "" {
			continue
		}
		if *target, err = parseTime(q.Get(name)); err != nil {
			return from, to, badRequest(name + " is not a date.")
		}
	}
	return from, to, nil
}

// within tells whether a start lies in the period: from inclusive, to exclusive.
func within(start, from, to time.Time) bool {
	return !start.Before(from) && (to.IsZero() || start.Before(to))
}

// quick tells whether the filter looks at nothing but who and when: then a year of computed reports is never gone
// through one by one.
func (f *reportFilter) quick() bool {
	return f.hasCode == nil && f.sessionCode == "" && !f.unnamed && f.sessionType == 0 && len(f.equal) == 0
}

func (f *reportFilter) matches(e entry) bool {
	if f.nothing || f.userID != "" && f.userID != e.userID || !within(e.start, f.from, f.to) {
		return false
	}
	return f.quick() || f.matchesRest(e.report())
}

func (f *reportFilter) matchesRest(r *Report) bool {
	values := map[string]string{"username": r.Username, "groupid": r.GroupID, "deviceid": r.DeviceID, "devicename": r.DeviceName}
	for name := range f.equal {
		wanted := f.equal.Get(name)
		noGroup := name == "groupid" && wanted == "0" && r.GroupID == ""
		if values[name] != wanted && !noGroup {
			return false
		}
	}
	return (f.hasCode == nil || *f.hasCode == (r.SessionCode != "")) &&
		(f.sessionCode == "" || f.sessionCode == undashed(r.SessionCode)) &&
		(!f.unnamed || r.DeviceName == "") &&
		(f.sessionType == 0 || f.sessionType == r.SupportSessionType)
}

// published tells whether the API shows a report by now.
func (s *Sim) published(e entry) bool {
	return e.live == nil || !e.live.VisibleAt.After(s.now())
}

// listReports serves GET /reports/connections, newest end first.
func (s *Sim) listReports(c *call) (answer, error) {
	f, err := newReportFilter(c)
	if err != nil {
		return answer{}, err
	}
	var after *entry
	if id := c.query.Get("offset_id"); id != "" {
		offset, found := s.reports.find(id)
		if !found {
			return answer{}, badRequest("offset_id is unknown.")
		}
		after = &offset
	}
	records, left := []Report{}, 0
	picks := func(e entry) bool { return s.published(e) && f.matches(e) }
	rest := s.reports.walk(after)
	for e, found := rest.next(); found; e, found = rest.next() {
		if picks(e) {
			records = append(records, s.showReport(e.report()))
		}
		if len(records) == s.settings.PageSize {
			left = rest.count(f, picks)
			break
		}
	}
	return ok(s.reportPage(records, left))
}

func (s *Sim) reportPage(records []Report, left int) reportPage {
	page := reportPage{Records: records}
	if left == 0 {
		return page
	}
	page.NextOffset = records[len(records)-1].ID
	if s.settings.ReportsRemaining {
		page.ReportsRemaining = left
	} else {
		page.RecordsRemaining = left
	}
	return page
}

func (s *Sim) showReport(r *Report) Report {
	shown := *r
	if r.SessionCode != "" && r.SessionNote == nil {
		shown.SessionNote = new("")
	}
	if s.settings.UndashedCodes {
		shown.SessionCode = undashed(r.SessionCode)
	}
	return shown
}

// askedReport finds the report in the path, as far as the sender may see it.
func (s *Sim) askedReport(c *call) (entry, error) {
	e, found := s.reports.find(c.PathValue("id"))
	if !found || !s.published(e) || c.by.level == UserLevel && e.userID != c.by.user.ID {
		return entry{}, notFound("The connection report is unknown.")
	}
	return e, nil
}

func (s *Sim) getReport(c *call) (answer, error) {
	e, err := s.askedReport(c)
	if err != nil {
		return answer{}, err
	}
	return ok(s.showReport(e.report()))
}

// putReport serves PUT /reports/connections/{id}: notes and billing state.
func (s *Sim) putReport(c *call) (answer, error) {
	e, err := s.askedReport(c)
	if err != nil {
		return answer{}, err
	}
	body, err := decode[struct {
		BillingState *string `json:"billing_state"`
		Notes        *string `json:"notes"`
	}](c)
	if err != nil {
		return answer{}, err
	}
	if body.BillingState != nil && !slices.Contains([]string{"Bill", "Billed", "DoNotBill"}, *body.BillingState) {
		return answer{}, badRequest("billing_state must be Bill, Billed or DoNotBill.")
	}
	r := e.editable()
	if body.BillingState != nil {
		r.BillingState = *body.BillingState
	}
	if body.Notes != nil {
		r.Notes = *body.Notes
	}
	return noContent()
}

func (s *Sim) deleteReport(c *call) (answer, error) {
	e, err := s.askedReport(c)
	if err != nil {
		return answer{}, err
	}
	s.reports.remove(e)
	return noContent()
}

// chatTranscript serves the chat of a connection (teamviewer.md 3.4).
func (s *Sim) chatTranscript(c *call) (answer, error) {
	e, err := s.askedReport(c)
	if err != nil {
		return answer{}, err
	}
	chat := e.report().Chat
	if len(chat) == 0 && !s.settings.EmptyTranscript {
		return answer{}, notFound("There is no chat transcript.")
	}
	return ok(append([]ChatMessage{}, chat...))
}
