package rescue

import (
	"strconv"
	"strings"
	"time"
)

// reportSettings are kept per user on the server, from call to call (rescue.md 5.4).
type reportSettings struct {
	area     int
	timezone time.Duration
	dayFirst bool
	from, to time.Time // wall clock in the user's time zone; zero: today
	xml      bool
}

const reportInterval = time.Minute

// The areas that have rows here; the other known ones answer their heading only.
const (
	areaSessions = 0
	areaMissed   = 3
	areaChat     = 5
	areaSurvey   = 8
	areaFailed   = 10
	areaExtended = 16
)

// areaNames are the SOAP members that stand for numbers.
var areaNames = map[string]int{"SESSION": areaSessions, "MISSED_SESSIONS": areaMissed, "CHATLOG": areaChat, "TECHNICIAN_SURVEY": areaSurvey}

// reporter is who is logged in by cookie: an authcode alone is refused for reports.
func (s *Sim) reporter(c *call) (*user, string) {
	u := s.byCookie(c.cookie)
	switch {
	case u == nil && c.get("authcode") != "":
		return nil, invalidAuthcode
	case u == nil:
		return nil, notLoggedIn
	case u.Deleted || u.Disabled:
		return nil, userDeletedOrOff
	}
	return u, ""
}

// setting changes one report setting of the caller; change answers the word.
func (s *Sim) setting(c *call, change func(*reportSettings) string) answer {
	u, refusal := s.reporter(c)
	if refusal != "" {
		return only(refusal)
	}
	return only(change(&u.report))
}

func (s *Sim) setReportArea(c *call) answer {
	return s.setting(c, func(r *reportSettings) string {
		area, isNumber := c.number("area", "reportarea")
		if named, known := areaNames[strings.ToUpper(c.get("area", "reportarea"))]; known {
			area, isNumber = int64(named), true
		}
		extended := area == areaExtended && c.key == "setreportareav8"
		if !isNumber || area < 0 || area > areaFailed && !extended {
			return wordError
		}
		r.area = int(area)
		return ok
	})
}

// setReportType knows LISTALL and SUMMARY; areas other than sessions have no types.
func (s *Sim) setReportType(c *call) answer {
	return s.setting(c, func(r *reportSettings) string {
		switch kind := strings.ToUpper(c.get("type", "reporttype")); {
		case r.area != areaSessions:
			return notSupported
		case kind != "LISTALL" && kind != "SUMMARY":
			return wordError
		}
		return ok
	})
}

func (s *Sim) setTimezone(c *call) answer {
	return s.setting(c, func(r *reportSettings) string {
		minutes, isNumber := c.number("timezone")
		if !isNumber {
			return wordError
		}
		r.timezone = time.Duration(minutes) * time.Minute
		return ok
	})
}

func (s *Sim) setDateFormat(c *call) answer {
	return s.setting(c, func(r *reportSettings) string {
		format := strings.ToUpper(c.get("dateformat"))
		if format == "" {
			return invalidFormat
		}
		r.dayFirst = strings.HasPrefix(format, "DD")
		return ok
	})
}

// setReportDate takes "M/D/YYYY", and in v2 "M/D/YYYY H:MM:SS".
func (s *Sim) setReportDate(c *call) answer {
	layout, whole := "1/2/2006", 24*time.Hour-time.Second
	if c.key == "setreportdatev2" {
		layout, whole = "1/2/2006 15:04:05", 0
	}
	return s.setting(c, func(r *reportSettings) string {
		from, errFrom := time.Parse(layout, c.get("bdate"))
		to, errTo := time.Parse(layout, c.get("edate"))
		switch {
		case errFrom != nil || errTo != nil:
			return invalidFormat
		case to.Before(from):
			return invalidDateRange
		}
		r.from, r.to = from, to.Add(whole)
		return ok
	})
}

// setReportTime refines the days of setReportDate (v1) by "HH:MM:SS".
func (s *Sim) setReportTime(c *call) answer {
	return s.setting(c, func(r *reportSettings) string {
		from, errFrom := time.Parse(time.TimeOnly, c.get("btime"))
		to, errTo := time.Parse(time.TimeOnly, c.get("etime"))
		if errFrom != nil || errTo != nil {
			return invalidFormat
		}
		r.from, r.to = atTime(r.from, from), atTime(r.to, to)
		return ok
	})
}

func atTime(day, clock time.Time) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, time.UTC)
}

func (s *Sim) setOutput(c *call) answer {
	return s.setting(c, func(r *reportSettings) string {
		output := strings.ToUpper(c.get("output"))
		if output != "TEXT" && output != "XML" {
			return wordError
		}
		r.xml = output == "XML"
		return ok
	})
}

// getReport writes the report of a node, at most once in 60 s per user.
func (s *Sim) getReport(c *call) answer {
	u, refusal := s.reporter(c)
	if refusal != "" {
		return only(refusal)
	}
	shows, found := s.reportFilter(c, u)
	if !found {
		return only(invalidNode)
	}
	now := s.now()
	if !s.settings.NoLimits && now.Sub(u.reportAt) < reportInterval {
		return only(pollRateExceeded)
	}
	u.reportAt = now
	table := s.reportTable(u, shows)
	if u.report.xml {
		return answer{word: ok, text: table.xml()}
	}
	return answer{word: ok, text: table.text()}
}

// reportFilter is nodeFilter under the report's parameter names; without a node it is the whole account.
func (s *Sim) reportFilter(c *call, u *user) (func(*session, *leg) bool, bool) {
	asked := &call{params: map[string]string{"node": c.get("node"), "noderef": c.get("nodetype", "noderef")}}
	if asked.get("node") == "" {
		asked.params["node"] = id(u.company.ID)
	}
	return s.nodeFilter(asked, u)
}

// chosen lists the ended sessions of the node that started in the time asked for.
func (s *Sim) chosen(u *user, shows func(*session, *leg) bool) []*session {
	from, to := u.report.from, u.report.to
	if from.IsZero() {
		local := s.now().Add(u.report.timezone)
		from = atTime(local, time.Time{})
		to = from.Add(24*time.Hour - time.Second)
	}
	var found []*session
	for _, x := range s.sessions {
		started := x.startedAt.Add(u.report.timezone).Truncate(time.Second)
		if x.over() && !started.Before(from) && !started.After(to) && x.anyLeg(shows) && inArea(x, u.report.area) {
			found = append(found, x)
		}
	}
	return found
}

func (x *session) anyLeg(shows func(*session, *leg) bool) bool {
	for _, l := range x.legs {
		if shows(x, l) {
			return true
		}
	}
	return false
}

// inArea tells whether an ended session counts in a report area.
func inArea(x *session, area int) bool {
	switch area {
	case areaSessions:
		return true
	case areaMissed:
		return !x.wasPickedUp()
	case areaChat:
		return len(x.chat) > 0
	case areaSurvey:
		return len(x.survey) > 0
	}
	return false
}

// duration writes a time span in the configured way.
func (s *Sim) duration(d time.Duration) string {
	if s.settings.SecondsInReports {
		return seconds(d)
	}
	total := int64(d.Seconds())
	clock := time.Unix(total%3600, 0).UTC().Format("04:05")
	return strconv.FormatInt(total/3600, 10) + ":" + clock
}
