package rescue

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"
)

const (
	pinSpace = 1_000_000
	// firstPIN starts with a zero, so that a client which reads PINs as numbers is caught by the first one.
	firstPIN = 12345
	// pinStep shares no factor with pinSpace: the codes look random and none repeats before all were used.
	pinStep = 372_149
)

// fieldLimits are the lengths of cfield0..5 in characters (rescue.md 3.1). What the service does with longer values is
// unknown; the simulator cuts.
var fieldLimits = [6]int{64, 512, 512, 256, 64, 64}

const trackingLimit = 64

// issue makes a PIN for a technician; nil when all codes are taken.
func (s *Sim) issue(tech *user, fields Fields, tracking string) *pin {
	now := s.now()
	code := s.freeCode(now)
	if code == "" {
		return nil
	}
	for i := range fields {
		fields[i] = cut(fields[i], fieldLimits[i])
	}
	p := &pin{company: tech.company, tech: tech, PIN: PIN{
		Code: code, Technician: tech.ID, Fields: fields, Tracking: cut(tracking, trackingLimit),
		IssuedAt: now, ExpiresAt: now.Add(time.Duration(s.groups[tech.Group].PINLife)),
	}}
	s.pins = append(s.pins, p)
	s.pinByCode[code] = p
	if s.settings.RowAtPIN {
		s.openSession(p)
	}
	return p
}

// freeCode finds a code that no unused PIN has, unless the pool is exhausted.
func (s *Sim) freeCode(now time.Time) string {
	if s.pinPool < pinSpace && s.openPINs(now) >= s.pinPool {
		return ""
	}
	for range pinSpace {
		code := fmt.Sprintf("%06d", (firstPIN+s.pinsMade*pinStep)%pinSpace)
		s.pinsMade++
		if p := s.pinByCode[code]; p == nil || !p.open(now) {
			return code
		}
	}
	return ""
}

func (s *Sim) openPINs(now time.Time) int {
	count := 0
	for _, p := range s.pins {
		if p.open(now) {
			count++
		}
	}
	return count
}

// open tells whether a customer can still use the PIN.
func (p *pin) open(now time.Time) bool { return p.Session == 0 && now.Before(p.ExpiresAt) }

// openSession makes the Connecting session of a PIN.
func (s *Sim) openSession(p *pin) {
	x := s.newSession(p.tech, StatusConnecting)
	x.pin, x.fields, x.tracking = p, p.Fields, p.Tracking
	x.customer = p.Fields[0]
	p.session = x
}

// redeem checks a PIN that a customer enters and uses it up.
func (s *Sim) redeem(code string) (*session, error) {
	if code == "" {
		return nil, ErrPINMissing
	}
	p := s.pinByCode[code]
	switch {
	case p == nil:
		return nil, ErrPINInvalid
	case p.Session != 0:
		return nil, ErrPINUsed
	case !s.now().Before(p.ExpiresAt):
		return nil, ErrPINExpired
	}
	if p.session == nil {
		s.openSession(p)
	}
	p.Session = p.session.id
	p.session.current().since = s.now()
	return p.session, nil
}

// PINs lists all PINs ever issued, oldest first.
func (s *Sim) PINs() []PIN {
	defer s.enter()()
	views := make([]PIN, 0, len(s.pins))
	for _, p := range s.pins {
		views = append(views, p.PIN)
	}
	return views
}

// cut shortens by characters, not bytes.
func cut(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit])
}

// randomCode makes n lower-case letters and digits, the alphabet of authcodes.
func randomCode(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	random := make([]byte, n)
	rand.Read(random)
	var code strings.Builder
	for _, b := range random {
		code.WriteByte(alphabet[int(b)%len(alphabet)])
	}
	return code.String()
}
