package dataverse_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

const form = "Content-Type: application/x-www-form-urlencoded"

func (w *world) tokenForm(changes ...string) url.Values {
	values := url.Values{"grant_type": {"client_credentials"}, "client_id": {appID}, "client_secret": {secret}, "scope": {w.url + "/.default"}}
	for i := 0; i < len(changes); i += 2 {
		values.Set(changes[i], changes[i+1])
	}
	return values
}

func (w *world) signIn(values url.Values) reply {
	w.t.Helper()
	return w.post("/"+tenant+"/oauth2/v2.0/token", values.Encode(), form)
}

func (r reply) entra(status int, word string, number float64) {
	r.t.Helper()
	body := r.JSON()
	assert.Equal(r.t, status, r.Status, r.Text)
	assert.Equal(r.t, word, body["error"])
	assert.Equal(r.t, []any{number}, body["error_codes"])
	assert.Contains(r.t, body["error_description"], "AADSTS")
	assert.NotEmpty(r.t, body["correlation_id"])
}

func TestSecretBuysATokenThatExpires(t *testing.T) {
	w := open(t)
	got := w.signIn(w.tokenForm()).Is(200).JSON()
	assert.Equal(t, "Bearer", got["token_type"])
	assert.EqualValues(t, 3600, got["expires_in"])
	w.token = got["access_token"].(string)
	me := w.get("WhoAmI").Is(200).JSON()
	assert.Equal(t, w.sim.ApplicationUser(appID), me["UserId"])
	assert.NotEmpty(t, me["OrganizationId"])
	assert.NotEmpty(t, me["BusinessUnitId"])
	w.get("WhoAmI()").Is(200)
	w.sim.Advance(time.Hour)
	w.get("WhoAmI").Is(401)
}

func TestTokenEndpointRefusesInEntrasWords(t *testing.T) {
	w := open(t)
	w.signIn(w.tokenForm("client_secret", "wrong")).entra(401, "invalid_client", 7000215)
	w.signIn(w.tokenForm("client_secret", "")).entra(401, "invalid_client", 7000216)
	w.signIn(w.tokenForm("client_id", uuid.NewString())).entra(400, "unauthorized_client", 700016)
	w.signIn(w.tokenForm("scope", "https://other.example.com/.default")).entra(400, "invalid_resource", 500011)
	w.signIn(w.tokenForm("scope", w.url+"//.default")).entra(400, "invalid_resource", 500011)
	w.signIn(w.tokenForm("scope", "openid")).entra(400, "invalid_scope", 1002012)
	w.signIn(w.tokenForm("grant_type", "password")).entra(400, "unsupported_grant_type", 70003)
	w.post("/common/oauth2/v2.0/token", w.tokenForm().Encode(), form).entra(400, "invalid_request", 90002)
	w.sim.AddApp(dataverse.App{ID: appID, Secret: secret, SecretExpired: true})
	w.signIn(w.tokenForm()).entra(401, "invalid_client", 7000222)
}

func TestWithoutATokenTheAuthorityIsNamed(t *testing.T) {
	w := open(t)
	w.token = "nonsense"
	for _, path := range []string{"/api/data", "WhoAmI"} {
		refused := w.get(path).Is(401)
		assert.Equal(t, "Bearer authorization_uri="+w.url+"/"+tenant+"/oauth2/authorize, resource_id="+w.url+"/", refused.Header.Get("WWW-Authenticate"))
	}
}

func TestAnAppWithoutApplicationUserGetsATokenButNoData(t *testing.T) {
	w := open(t)
	w.sim.AddApp(dataverse.App{ID: "outside", Secret: "x", Outside: true})
	w.token = w.signIn(w.tokenForm("client_id", "outside", "client_secret", "x")).Is(200).JSON()["access_token"].(string)
	w.get("WhoAmI").Refused(403, "0x80072560")
}

func TestRevokedTokensAreRefused(t *testing.T) {
	w := open(t)
	w.get("WhoAmI").Is(200)
	w.sim.RevokeTokens()
	w.get("WhoAmI").Is(401)
}

type signer struct {
	key  *rsa.PrivateKey
	cert []byte
}

func newSigner(t *testing.T) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	require.NoError(t, err)
	return signer{key, cert}
}

func (s signer) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert}))
}

func (s signer) sign(t *testing.T, method jwt.SigningMethod, claims jwt.RegisteredClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if method == jwt.SigningMethodPS256 {
		sum := sha256.Sum256(s.cert)
		token.Header["x5t#S256"] = base64.RawURLEncoding.EncodeToString(sum[:])
	} else {
		sum := sha1.Sum(s.cert)
		token.Header["x5t"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	signed, err := token.SignedString(s.key)
	require.NoError(t, err)
	return signed
}

func TestCertificateSignsInByAssertion(t *testing.T) {
	w, s := open(t), newSigner(t)
	w.sim.AddApp(dataverse.App{ID: "cert-app", CertificatePEM: s.pem()})
	claims := func(change func(*jwt.RegisteredClaims)) jwt.RegisteredClaims {
		now := time.Now()
		c := jwt.RegisteredClaims{Audience: jwt.ClaimStrings{w.url + "/" + tenant + "/oauth2/v2.0/token"}, Issuer: "cert-app", Subject: "cert-app",
			ID: uuid.NewString(), NotBefore: jwt.NewNumericDate(now), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(5 * time.Minute))}
		if change != nil {
			change(&c)
		}
		return c
	}
	signIn := func(assertion string) reply {
		values := w.tokenForm("client_id", "cert-app", "client_assertion", assertion, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		values.Del("client_secret")
		return w.signIn(values)
	}
	good := s.sign(t, jwt.SigningMethodPS256, claims(nil))
	signIn(good).Is(http.StatusOK)
	signIn(good).entra(401, "invalid_client", 700025)
	signIn(s.sign(t, jwt.SigningMethodRS256, claims(nil))).Is(http.StatusOK)
	signIn(newSigner(t).sign(t, jwt.SigningMethodPS256, claims(nil))).entra(401, "invalid_client", 700027)
	signIn(s.sign(t, jwt.SigningMethodPS512, claims(nil))).entra(401, "invalid_client", 700027)
	expired := func(c *jwt.RegisteredClaims) { c.ExpiresAt = jwt.NewNumericDate(time.Now().Add(-time.Minute)) }
	signIn(s.sign(t, jwt.SigningMethodPS256, claims(expired))).entra(401, "invalid_client", 700024)
	signIn(s.sign(t, jwt.SigningMethodPS256, claims(func(c *jwt.RegisteredClaims) { c.Audience = jwt.ClaimStrings{"elsewhere"} }))).entra(401, "invalid_client", 700023)
	signIn(s.sign(t, jwt.SigningMethodPS256, claims(func(c *jwt.RegisteredClaims) { c.Issuer = "another" }))).entra(401, "invalid_client", 700021)
	signIn(s.sign(t, jwt.SigningMethodPS256, claims(func(c *jwt.RegisteredClaims) { c.ID = "" }))).entra(401, "invalid_client", 700025)
	signIn("not.a.jwt").entra(401, "invalid_client", 700027)
}
