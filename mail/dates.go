package mail

import (
	"fmt"
	"strings"
	"time"
)

// calendar knows how a language writes a date.
type calendar struct {
	weekdays [7]string // from Sunday
	months   [12]string
	layout   string // of weekday, day, month, year, clock, zone
	clock    string // layout of the time of day
	first    string // how the first of a month is written
}

var calendars = map[string]calendar{
	"en": {
		weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		months:   [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		layout:   "%s, %s %s %d at %s (%s)", clock: "15:04", first: "1",
	},
	"es": {
		weekdays: [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
		months:   [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		layout:   "%s, %s de %s de %d, a las %s (%s)", clock: "15:04", first: "1",
	},
	"fr": {
		weekdays: [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
		months:   [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		layout:   "%s %s %s %d à %s (%s)", clock: "15 h 04", first: "1er",
	},
	"nl": {
		weekdays: [7]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
		months:   [12]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
		layout:   "%s %s %s %d om %s uur (%s)", clock: "15.04", first: "1",
	},
}

// words writes a time in the zone it carries, with the zone named: nobody should have to guess.
func (c calendar) words(t time.Time) string {
	day := fmt.Sprint(t.Day())
	if t.Day() == 1 {
		day = c.first
	}
	return fmt.Sprintf(c.layout, c.weekdays[t.Weekday()], day, c.months[t.Month()-1], t.Year(), t.Format(c.clock), zone(t))
}

// zone names the zone by its letters, when it has some, and its distance from UTC: "CET, UTC+1".
func zone(t time.Time) string {
	name, seconds := t.Zone()
	distance := "UTC"
	if seconds != 0 {
		sign, minutes := '+', seconds/60
		if minutes < 0 {
			sign, minutes = '-', -minutes
		}
		distance = fmt.Sprintf("UTC%c%d", sign, minutes/60)
		if minutes%60 != 0 {
			distance += fmt.Sprintf(":%02d", minutes%60)
		}
	}
	if name == "" || name == "UTC" || strings.ContainsAny(name[:1], "+-") {
		return distance
	}
	return name + ", " + distance
}
