package dataverse

import (
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/url"

	"github.com/golang-jwt/jwt/v5"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// checkAssertion verifies private_key_jwt (reference 1.1): signature, certificate thumbprint, audience, issuer, time and
// that the jti is fresh. The AADSTS numbers but 700027 and 700024 are unverified.
func (s *Sim) checkAssertion(app *App, form url.Values, endpoint string) *entraError {
	if form.Get("client_assertion_type") != assertionType {
		return &entraError{400, "invalid_request", 900144, "The request body must contain the following parameter: 'client_assertion_type'."}
	}
	certificate, err := parseCertificate(app.CertificatePEM)
	if err != nil {
		return &entraError{401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is not registered on application."}
	}
	var claims jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"PS256", "RS256"}), jwt.WithAudience(endpoint), jwt.WithIssuer(app.ID), jwt.WithSubject(app.ID),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
	_, err = parser.ParseWithClaims(form.Get("client_assertion"), &claims, func(t *jwt.Token) (any, error) { return keyFor(t, certificate) })
	switch {
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet):
		return &entraError{401, "invalid_client", 700024, "Client assertion is not within its valid time range."}
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return &entraError{401, "invalid_client", 700023, "Client assertion audience claim does not match Realm issuer."}
	case errors.Is(err, jwt.ErrTokenInvalidIssuer), errors.Is(err, jwt.ErrTokenInvalidSubject):
		return &entraError{401, "invalid_client", 700021, "Client assertion application identifier doesn't match 'client_id' parameter."}
	case err != nil:
		return &entraError{401, "invalid_client", 700027, "Client assertion failed signature validation."}
	}
	return s.spend(claims)
}

// spend refuses an assertion that was used before.
func (s *Sim) spend(claims jwt.RegisteredClaims) *entraError {
	for jti, until := range s.spent {
		if s.now().After(until) {
			delete(s.spent, jti)
		}
	}
	if _, used := s.spent[claims.ID]; used || claims.ID == "" {
		return &entraError{401, "invalid_client", 700025, "Client assertion has no 'jti' of its own: it was presented before."}
	}
	s.spent[claims.ID] = claims.ExpiresAt.Time
	return nil
}

// keyFor gives the certificate's key when the token's header names that certificate.
func keyFor(t *jwt.Token, certificate *x509.Certificate) (*rsa.PublicKey, error) {
	current, older := sha256.Sum256(certificate.Raw), sha1.Sum(certificate.Raw) // x5t is defined as a SHA-1 thumbprint
	if t.Header["x5t#S256"] != base64.RawURLEncoding.EncodeToString(current[:]) && t.Header["x5t"] != base64.RawURLEncoding.EncodeToString(older[:]) {
		return nil, errors.New("another certificate")
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("not an RSA certificate")
	}
	return key, nil
}

func parseCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}
