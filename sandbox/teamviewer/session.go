package teamviewer

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"
)

// open gives a drafted session its code and links and lists it.
func (s *Sim) open(x *session, base string) {
	x.Code, x.secret = s.freeCode(), rand.Text()[:12]
	x.device = 1_000_000_000 + randomBelow(899_999_999)
	bare := undashed(x.Code)
	x.EndCustomerLink = base + "/v15/" + bare
	if x.SupportSessionType == pilot {
		x.EndCustomerLink = base + "/" + bare
	}
	x.SupporterLink = base + "/v15/" + bare + "-" + x.secret
	x.WebclientSupporterLink = base + "/Connect/IndexByol?sessioncode=" + bare + "&servicequeuetoken=" + x.secret +
		"&lang=en&displayName=" + url.QueryEscape(s.userName(x.AssignedUserID))
	s.sessions = append(s.sessions, x)
}

// linkBase is what links begin with.
func (s *Sim) linkBase(c *call) string {
	if s.pages != "" {
		return strings.TrimSuffix(s.pages, "/")
	}
	return c.origin
}

// freeCode makes a code like s104-882-317.
func (s *Sim) freeCode() string {
	for {
		n := 100_000_000 + randomBelow(900_000_000)
		code := fmt.Sprintf("s%03d-%03d-%03d", n/1_000_000, n/1000%1000, n%1000)
		if s.sessionByCode(code) == nil {
			return code
		}
	}
}

func randomBelow(limit int64) int64 {
	n, _ := rand.Int(rand.Reader, big.NewInt(limit)) // never fails
	return n.Int64()
}

func undashed(code string) string { return strings.ReplaceAll(code, "-", "") }

// sessionByCode finds a session by its code, with or without dashes.
func (s *Sim) sessionByCode(code string) *session {
	bare := undashed(code)
	for _, x := range s.sessions {
		if undashed(x.Code) == bare {
			return x
		}
	}
	return nil
}

// remove deletes a session. A running connection ends.
func (s *Sim) remove(x *session) {
	s.endConnection(x)
	s.sessions = slices.DeleteFunc(s.sessions, func(other *session) bool { return other == x })
}

// usable tells why nobody can join now; nil when he can.
func (s *Sim) usable(x *session) error {
	switch {
	case x.State == Closed:
		return ErrClosed
	case !s.now().Before(x.ValidUntil):
		return ErrExpired
	}
	return nil
}

// view is what actions and pages see of a session.
func (x *session) view() Session {
	v := x.Session
	if x.EndCustomer != nil {
		v.EndCustomer = new(*x.EndCustomer)
	}
	if x.connection != nil {
		v.Connected, v.Supporter = true, x.connection.supporter()
		v.Chat = slices.Clone(x.connection.chat)
	}
	return v
}

func (c *connection) supporter() string {
	if c.user == nil {
		return "Guest"
	}
	return c.user.Name
}
