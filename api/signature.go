package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"example.com/lifeline/support"
)

// The headers of a signed request (servicenow.md 3.3).
const (
	headerTimestamp = "X-Lifeline-Timestamp"
	headerKeyID     = "X-Lifeline-Key-Id"
	headerSignature = "X-Lifeline-Signature"
	signaturePrefix = "v1="
	signatureWindow = 300 * time.Second
)

// Sign makes the signature of a request as callers make it: HMAC-SHA256 over timestamp (Unix seconds), method, path
// with query, and body, joined by dots.
func Sign(secret support.Secret, timestamp, method, path string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	for _, part := range []string{timestamp, method, path} {
		mac.Write([]byte(part + "."))
	}
	mac.Write(body)
	return signaturePrefix + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// checkSignature speaks of the clock only to those whose signature is right.
func (s *Server) checkSignature(r *http.Request, door *Door) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	stamp, secret := r.Header.Get(headerTimestamp), door.Signers[r.Header.Get(headerKeyID)]
	expected := Sign(secret, stamp, r.Method, r.URL.RequestURI(), body) // also for an unknown key: it takes as long
	if !hmac.Equal([]byte(expected), []byte(r.Header.Get(headerSignature))) || secret == "" {
		return unauthenticated()
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || s.Now().Sub(time.Unix(seconds, 0)).Abs() > signatureWindow {
		return support.Stopped(codeUnauthenticated, "the request's timestamp is missing or too far from this server's clock", nil)
	}
	return nil
}
