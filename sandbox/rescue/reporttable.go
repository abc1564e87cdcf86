package rescue

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
	"time"
)

// reportTable is a finished report.
type reportTable struct {
	header []string
	rows   [][]string
}

// column is one column of a report: its heading and what it shows of a session.
type column struct {
	title string
	cell  func(*session) string
}

// reportTable makes the report that the user's settings ask for.
func (s *Sim) reportTable(u *user, shows func(*session, *leg) bool) reportTable {
	columns := s.columns(u)
	table := reportTable{}
	for _, col := range columns {
		table.header = append(table.header, col.title)
	}
	for _, x := range s.chosen(u, shows) {
		cells := make([]string, 0, len(columns))
		for _, col := range columns {
			cells = append(cells, col.cell(x))
		}
		table.rows = append(table.rows, cells)
	}
	return table
}

func (s *Sim) columns(u *user) []column {
	first := s.timeColumns(u)
	switch u.report.area {
	case areaSessions:
		columns := append(first, whoColumns(s)...)
		columns = append(columns, fieldColumns(u.company)...)
		columns = append(columns, fixedColumns()...)
		columns = append(columns, s.durationColumns()...)
		return append(columns, techColumns()...)
	case areaChat:
		return append(first, idColumn(), column{"Chat Log", func(x *session) string { return strings.Join(x.chat, "\n") }})
	case areaSurvey:
		return append(append(first, idColumn()), surveyColumns()...)
	}
	return append(append(first, whoColumns(s)...), fieldColumns(u.company)...)
}

func (s *Sim) timeColumns(u *user) []column {
	at := func(when time.Time) string { return u.report.date(when) }
	return []column{
		{"Start Time", func(x *session) string { return at(x.startedAt) }},
		{"End Time", func(x *session) string { return at(x.closedAt) }},
		{"Last Action Time", func(x *session) string { return at(x.lastActionAt) }},
	}
}

// date shows a time in the user's time zone and order of day and month.
func (r reportSettings) date(at time.Time) string {
	layout := "1/2/2006 3:04:05 PM"
	if r.dayFirst {
		layout = "2/1/2006 15:04:05"
	}
	return at.Add(r.timezone).Format(layout)
}

func idColumn() column {
	return column{"Session ID", func(x *session) string { return id(x.id) }}
}

func whoColumns(s *Sim) []column {
	return []column{
		{"Technician Name", func(x *session) string { return x.technician().Name }},
		{"Technician ID", func(x *session) string { return id(x.technician().ID) }},
		idColumn(),
		{"Session Type", func(*session) string { return "Technician Console" }},
		{"Status", func(x *session) string { return x.ending.Word(x.company.language(s.settings)) }},
	}
}

// fieldColumns carry the account's own labels (rescue.md 5.4).
func fieldColumns(home *company) []column {
	columns := make([]column, 0, len(home.FieldTitles)+1)
	for i, title := range home.FieldTitles {
		usual := "Name"
		if i > 0 {
			usual = "Custom field " + strconv.Itoa(i)
		}
		columns = append(columns, column{cmp.Or(title, usual), func(x *session) string { return x.fields[i] }})
	}
	return append(columns, column{"Tracking ID", func(x *session) string { return x.tracking }})
}

func fixedColumns() []column {
	fixed := func(title, text string) column { return column{title, func(*session) string { return text }} }
	return []column{
		fixed("Customer IP", "192.0.2.17"), fixed("Device ID", ""), fixed("Incident Tools Used", ""),
		fixed("Resolved Unresolved", ""), {"Channel ID", channelID}, {"Channel Name", channelName},
		fixed("Calling Card", ""),
	}
}

func channelID(x *session) string {
	if channel := x.current().channel; channel != nil {
		return id(channel.ID)
	}
	return ""
}

func channelName(x *session) string {
	if channel := x.current().channel; channel != nil {
		return channel.Name
	}
	return ""
}

func (s *Sim) durationColumns() []column {
	in := func(titles ...string) func(*session) string {
		return func(x *session) string {
			var total time.Duration
			for _, title := range titles {
				total += x.spent[title]
			}
			return s.duration(total)
		}
	}
	total := func(x *session) string { return s.duration(x.closedAt.Sub(x.startedAt)) }
	return []column{
		{"Connecting Time", in("Connecting Time")},
		{"Waiting Time", func(x *session) string { return s.duration(x.waited) }},
		{"Total Time", total},
		{"Active Time", in("Active Time", "Hold Time", "Time in Transfer", "Rebooting Time", "Reconnecting Time")},
		{"Work Time", in("Active Time")},
		{"Hold Time", in("Hold Time")},
		{"Time in Transfer", in("Time in Transfer")},
		{"Rebooting Time", in("Rebooting Time")},
		{"Reconnecting Time", in("Reconnecting Time")},
	}
}

func techColumns() []column {
	return []column{
		{"Platform", func(*session) string { return platform }},
		{"Browser Type", func(*session) string { return "" }},
		{"Technician Email", func(x *session) string { return x.technician().Email }},
		{"Technician Group", func(x *session) string { return x.technician().Group }},
		{"Host Name", func(*session) string { return "CUSTOMER-PC" }},
	}
}

func surveyColumns() []column {
	columns := make([]column, 0, surveyQuestions)
	for i := range surveyQuestions {
		columns = append(columns, column{"Question " + strconv.Itoa(i+1), func(x *session) string {
			if i < len(x.survey) {
				return x.survey[i]
			}
			return ""
		}})
	}
	return columns
}

// text writes the pipe table, unescaped like the real one.
func (t reportTable) text() string {
	var table strings.Builder
	for _, cells := range append([][]string{t.header}, t.rows...) {
		table.WriteString(strings.Join(cells, "|") + "|\n")
	}
	return table.String()
}

// xml writes the header and data elements of rescue.md 5.4; the root's name is not known.
func (t reportTable) xml() string {
	var out bytes.Buffer
	out.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n<report><header>")
	fieldElements(&out, t.header)
	out.WriteString("</header><data>")
	for _, cells := range t.rows {
		out.WriteString("<row>")
		fieldElements(&out, cells)
		out.WriteString("</row>")
	}
	out.WriteString("</data></report>")
	return out.String()
}

func fieldElements(out *bytes.Buffer, cells []string) {
	for i, cell := range cells {
		out.WriteString(`<field id="` + strconv.Itoa(i) + `">`)
		escape(out, cell)
		out.WriteString("</field>")
	}
}
