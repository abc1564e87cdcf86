package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

// The headers of a signed request (servicenow.md 3.3).
const (
	headerTimestamp = "X-Lifeline-Timestamp"
	headerKeyID     = "X-Lifeline-Key-Id"
	headerSignature = "X-Lifeline-Signature"
	headerAPIKey    = "X-Api-Key"
	signaturePrefix = "v1="
	signatureWindow = 300 * time.Second
)

// Sign makes the signature of a request as callers make it: HMAC-SHA256 over timestamp, method, path with query, and
// body.
func Sign(secret support.Secret, timestamp, method, path string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	for _, part := range []string{timestamp, method, path} {
		mac.Write([]byte(part + "."))
	}
	mac.Write(body)
	return signaturePrefix + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// caller is who asks, as far as the proof tells.
type caller struct {
	trusted bool           // the CRM itself or an operator: the request's word on who the agent is counts
	agent   *support.Agent // a panel link names one
}

const callerKey = "caller"

// authenticate lets in whoever proves to act for the connection of the path, and nobody for another one.
func (s *Server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		door, err := s.door(c)
		if err != nil {
			return err
		}
		who, err := s.identify(c, door)
		if err != nil {
			return err
		}
		c.Set(callerKey, who)
		return next(c)
	}
}

func (s *Server) door(c echo.Context) (*Door, error) {
	if door, ok := s.Doors[c.Param("c")]; ok {
		return door, nil
	}
	return nil, unauthenticated() // whether a connection exists is nobody's business
}

func unauthenticated() error {
	return support.Stopped(codeUnauthenticated, "the request is not signed, or its proof is not accepted", nil)
}

func (s *Server) identify(c echo.Context, door *Door) (caller, error) {
	r := c.Request()
	switch {
	case r.Header.Get(headerSignature) != "":
		return caller{trusted: true}, s.checkSignature(r, door)
	case r.Header.Get(headerAPIKey) != "":
		if matches(support.Secret(r.Header.Get(headerAPIKey)), door.APIKeys) {
			return caller{trusted: true}, nil
		}
		return caller{}, unauthenticated()
	}
	if agent, ok := s.panelAgent(c); ok {
		return caller{agent: &agent}, nil
	}
	if s.Operators.Allowed(r) {
		return caller{trusted: true}, nil
	}
	return caller{}, unauthenticated()
}

// checkSignature reads the body whole, because it is signed, and puts it back.
func (s *Server) checkSignature(r *http.Request, door *Door) error {
	stamp := r.Header.Get(headerTimestamp)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || s.Now().Sub(time.Unix(seconds, 0)).Abs() > signatureWindow {
		return support.Stopped(codeUnauthenticated, "the request's timestamp is missing or too far from this server's clock", nil)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	secret, ok := door.Signers[r.Header.Get(headerKeyID)]
	if !ok {
		secret = "no key of this id; compared all the same"
	}
	expected := Sign(secret, stamp, r.Method, r.URL.RequestURI(), body)
	if subtle.ConstantTimeCompare([]byte(expected), []byte(r.Header.Get(headerSignature))) != 1 || !ok {
		return unauthenticated()
	}
	return nil
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

// Operators decides who may operate.
type Operators struct {
	Token support.Secret
	// Verify checks an OpenID Connect token; nil: none is accepted.
	Verify func(ctx context.Context, token string) error
	Open   bool // dev: everyone on this machine operates
}

// Allowed tells whether the request comes from an operator.
func (o Operators) Allowed(r *http.Request) bool {
	token := bearer(r)
	if token != "" {
		return matches(support.Secret(token), []support.Secret{o.Token}) || (o.Verify != nil && o.Verify(r.Context(), token) == nil)
	}
	if cookie, err := r.Cookie(OperatorCookie); err == nil && matches(support.Secret(cookie.Value), []support.Secret{o.Token}) {
		return true
	}
	return o.Open
}

// OperatorCookie keeps an operator signed in to the pages.
const OperatorCookie = "lifeline_operator"

func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

func (s *Server) operatorsOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.Operators.Allowed(c.Request()) {
			c.Response().Header().Set("WWW-Authenticate", "Bearer")
			return unauthenticated()
		}
		return next(c)
	}
}
