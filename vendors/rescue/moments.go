package rescue

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// postLayouts are the forms of dates in posts (rescue.md 7.2). Fractions of a second are read in all of them.
var postLayouts = []string{
	time.RFC3339,
	"2006-01-02 15:04:05",
	"2006-01-02T15:04:05",
	"2006/01/02 15:04:05",
	"1/2/2006 3:04:05 PM",
	"1/2/2006 3:04 PM",
}

var jsonDate = regexp.MustCompile(`^\\?/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)\\?/$`)

// parsePostTime reads a moment; no zone is UTC. What cannot be read, or lies before computers, is the zero time.
func parsePostTime(s string) time.Time {
	s = strings.Join(strings.Fields(s), " ")
	if parts := jsonDate.FindStringSubmatch(s); parts != nil {
		millis, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return time.Time{}
		}
		return plausible(time.UnixMilli(millis))
	}
	return parseAny(s, postLayouts)
}

func parseAny(s string, layouts []string) time.Time {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, s); err == nil {
			return plausible(at)
		}
	}
	return time.Time{}
}

// plausible drops the dates that databases write for "none".
func plausible(at time.Time) time.Time {
	if at.Year() <= 1970 || at.Year() > 9999 {
		return time.Time{}
	}
	return at.UTC()
}

// reportDates are the date parts by the format that was asked for, likeliest first. What REPORT_DATE_FORMAT makes of
// a cell is not documented, so year-first and the other order are tried as well.
var reportDates = map[string][]string{
	"DDMMYY": {"2006/1/2", "2/1/2006", "2/1/06", "1/2/2006", "1/2/06"},
	"MMDDYY": {"2006/1/2", "1/2/2006", "1/2/06", "2/1/2006", "2/1/06"},
	"YYMMDD": {"2006/1/2", "06/1/2", "1/2/2006", "2/1/2006"},
}

var reportTimes = []string{"15:04:05", "15:04", "3:04:05 PM", "3:04 PM"}

var dateSeparators = strings.NewReplacer("-", "/", ".", "/")

// parseReportTime reads a report cell, which is in UTC as the report's time zone was set to 0.
func parseReportTime(s, format string) time.Time {
	date, clock, found := strings.Cut(strings.Join(strings.Fields(s), " "), " ")
	if !found {
		date, clock, found = strings.Cut(date, "T")
	}
	if !found {
		return time.Time{}
	}
	date = dateSeparators.Replace(date)
	for _, day := range reportDates[format] {
		for _, layout := range reportTimes {
			if at, err := time.Parse(day+" "+layout, date+" "+clock); err == nil {
				return plausible(at)
			}
		}
	}
	return time.Time{}
}

// parseSeconds reads a duration written as plain seconds or H:MM:SS; 0 when it is neither.
func parseSeconds(s string) int64 {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, ":") {
		seconds, err := strconv.ParseFloat(s, 64)
		if err != nil || !(seconds >= 0 && seconds < math.MaxInt32) {
			return 0
		}
		return int64(seconds)
	}
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0
	}
	var total int64
	for _, part := range parts {
		n, err := strconv.ParseInt(part, 10, 32)
		if err != nil || n < 0 {
			return 0
		}
		total = total*60 + n
	}
	return total
}
