package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

const headerAPIKey = "X-Api-Key"

// caller is who asks about which record, as far as the proof tells.
type caller struct {
	door  *Door
	ref   support.RecordRef
	grant *grant // a panel link; nil: the CRM itself or an operator, whose word on who the agent is counts
}

const callerKey = "caller"

func callerOf(c echo.Context) caller { return c.Get(callerKey).(caller) }

// authenticate lets in whoever proves to act for the connection and record of the path, and nobody for other ones.
// What is wrong with the address is told only after the proof.
func (s *Server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		who := caller{door: s.door(c)}
		var fault error
		who.ref, fault = support.NewRecordRef(who.door.kind(), who.door.Name, c.Param("type"), c.Param("id"))
		if err := s.identify(c.Request(), &who); err != nil {
			return err
		}
		if err := who.door.mustExist(); err != nil {
			return err
		}
		if fault != nil {
			return fault
		}
		c.Set(callerKey, who)
		return next(c)
	}
}

func unauthenticated() error {
	return support.Stopped(codeUnauthenticated, "the request is not signed, or its proof is not accepted", nil)
}

func (s *Server) identify(r *http.Request, who *caller) error {
	if g, ok := s.panelGrant(r, who.ref); ok {
		who.grant = &g
		return nil
	}
	return s.mustBeTrusted(r, who.door)
}

// mustBeTrusted lets in the CRM itself and operators. A proof that is given must be right: a wrong signature is not
// made good by a cookie.
func (s *Server) mustBeTrusted(r *http.Request, door *Door) error {
	switch {
	case r.Header.Get(headerSignature) != "":
		return s.checkSignature(r, door)
	case r.Header.Get(headerAPIKey) != "":
		if matches(support.Secret(r.Header.Get(headerAPIKey)), door.APIKeys) {
			return nil
		}
	case s.Operators.Allowed(r):
		return nil
	}
	return unauthenticated()
}

// panelGrant accepts a panel link's token as bearer, for the one record it was made for. Event streams of browsers
// cannot send headers, so reads also take it from the address.
func (s *Server) panelGrant(r *http.Request, ref support.RecordRef) (grant, bool) {
	token := bearer(r)
	if token == "" && r.Method == http.MethodGet {
		token = r.URL.Query().Get("t")
	}
	g, ok := s.links.open(panelPurpose, token)
	return g, ok && g.Record == ref
}

// matches compares in constant time against every accepted secret, so that rotation needs no outage.
func matches(given support.Secret, accepted []support.Secret) bool {
	found := 0
	for _, secret := range accepted {
		if secret != "" {
			a, b := sha256.Sum256([]byte(given.Reveal())), sha256.Sum256([]byte(secret.Reveal()))
			found |= subtle.ConstantTimeCompare(a[:], b[:])
		}
	}
	return found == 1
}

func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}
