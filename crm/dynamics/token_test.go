package dynamics

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

// signInHost is a token endpoint that gives the last form to the test and answers what it is told to.
func signInHost(t *testing.T, answer reply) (address string, forms func() []url.Values) {
	t.Helper()
	var mu sync.Mutex
	var seen []url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_ = r.ParseForm()
		seen = append(seen, r.PostForm)
		write(w, answer)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []url.Values { mu.Lock(); defer mu.Unlock(); return seen }
}

func sourceAt(address string, change ...func(*Config)) *tokenSource {
	return newCRM(testConfig(address, change...), slog.New(slog.DiscardHandler)).entra
}

const granted = `{"access_token":"` + accessToken + `","expires_in":3599}`

func TestTheSecretGoesIntoTheFormWithTheEnvironmentsScope(t *testing.T) {
	address, forms := signInHost(t, ok(granted))
	token, life, err := sourceAt(address).fetch(t.Context())
	require.NoError(t, err)
	assert.Equal(t, support.Secret(accessToken), token)
	assert.Equal(t, 3599*time.Second, life)
	form := forms()[0]
	assert.Equal(t, "client_credentials", form.Get("grant_type"))
	assert.Equal(t, address+"/.default", form.Get("scope"))
	assert.Equal(t, clientSecret, form.Get("client_secret"))
}

func TestNationalCloudsAreAMatterOfConfiguration(t *testing.T) {
	c := newCRM(testConfig("https://acme.crm.microsoftdynamics.us/", func(c *Config) { c.Authority = "https://login.microsoftonline.us/" }), slog.New(slog.DiscardHandler))
	assert.Equal(t, "https://acme.crm.microsoftdynamics.us/api/data/v9.2/", c.base)
	assert.Equal(t, "https://login.microsoftonline.us/"+tenant+"/oauth2/v2.0/token", c.entra.endpoint())
	form, err := c.entra.form()
	require.NoError(t, err)
	assert.Equal(t, "https://acme.crm.microsoftdynamics.us/.default", form.Get("scope"))
}

func TestRefusalsOfTheSignInHostAreSaidInPlainWords(t *testing.T) {
	for number, want := range map[int]struct{ code, text string }{
		7000215: {support.CodeCredentialDead, "secret is wrong"},
		7000222: {support.CodeCredentialDead, "expired"},
		700016:  {support.CodeConfiguration, "not known in this tenant"},
		90002:   {support.CodeConfiguration, "tenant does not exist"},
		500011:  {support.CodeConfiguration, "DYNAMICS_ORG_URL"},
		1:       {support.CodeCredentialDead, "AADSTS [1]"},
	} {
		body := fmt.Sprintf(`{"error":"invalid_client","error_description":"AADSTS%d: %s","error_codes":[%d],"trace_id":"t"}`, number, clientSecret, number)
		address, _ := signInHost(t, reply{status: http.StatusUnauthorized, body: body})
		_, _, err := sourceAt(address).fetch(t.Context())
		failure := requireFailure(t, err, support.Attention, want.code)
		assert.Contains(t, failure.Message, want.text)
		assert.NotContains(t, failure.Error(), clientSecret)
	}
}

func TestATokenWithoutALifeIsNotUsed(t *testing.T) {
	for _, body := range []string{`{}`, `{"access_token":"x"}`, `{"access_token":"x","expires_in":-1}`, `[]`} {
		address, _ := signInHost(t, ok(body))
		_, _, err := sourceAt(address).fetch(t.Context())
		requireFailure(t, err, support.Retry, support.CodeProtocol)
	}
}

func TestEveryFetchSignsAFreshAssertion(t *testing.T) {
	cert, key := selfSigned(t)
	address, forms := signInHost(t, ok(granted))
	source := sourceAt(address, func(c *Config) { c.ClientSecret, c.Certificate, c.CertificateKey = "", cert.pem, key.pem })
	for range 2 {
		_, _, err := source.fetch(t.Context())
		require.NoError(t, err)
	}
	first, second := forms()[0], forms()[1]
	assert.Empty(t, first.Get("client_secret"))
	assert.NotEqual(t, first.Get("client_assertion"), second.Get("client_assertion"))

	var claims jwt.RegisteredClaims
	parsed, err := jwt.ParseWithClaims(first.Get("client_assertion"), &claims, func(*jwt.Token) (any, error) { return &key.private.PublicKey, nil },
		jwt.WithValidMethods([]string{"PS256"}), jwt.WithAudience(address+tokenPath), jwt.WithIssuer("app-id"), jwt.WithSubject("app-id"))
	require.NoError(t, err)
	sum := sha256.Sum256(cert.der)
	assert.Equal(t, base64.RawURLEncoding.EncodeToString(sum[:]), parsed.Header["x5t#S256"])
	assert.NotEmpty(t, claims.ID)
}

func TestTheOlderAssertionIsASwitchAway(t *testing.T) {
	cert, key := selfSigned(t)
	address, forms := signInHost(t, ok(granted))
	source := sourceAt(address, func(c *Config) {
		c.ClientSecret, c.Certificate, c.CertificateKey, c.AssertionAlgorithm = "", cert.pem, key.pem, "RS256"
	})
	_, _, err := source.fetch(t.Context())
	require.NoError(t, err)
	parsed, err := jwt.Parse(forms()[0].Get("client_assertion"), func(*jwt.Token) (any, error) { return &key.private.PublicKey, nil }, jwt.WithValidMethods([]string{"RS256"}))
	require.NoError(t, err)
	assert.Contains(t, parsed.Header, "x5t")
}

func TestACertificateAndAForeignKeyAreRefused(t *testing.T) {
	cert, key := selfSigned(t)
	_, other := selfSigned(t)
	_, err := readCertificate(cert.pem, other.pem)
	require.ErrorContains(t, err, "does not belong")
	_, err = readCertificate(cert.pem, "")
	require.ErrorContains(t, err, "no readable RSA private key")
	_, err = readCertificate("nothing", key.pem)
	require.ErrorContains(t, err, "no readable PEM certificate")
	_, err = readCertificate(cert.pem+"\n"+key.pem, "")
	require.NoError(t, err, "one file may hold both")
}

type certificatePEM struct {
	der []byte
	pem support.Secret
}

type keyPEM struct {
	private *rsa.PrivateKey
	pem     support.Secret
}

func selfSigned(t *testing.T) (certificatePEM, keyPEM) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lifeline"}, NotAfter: time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	encode := func(kind string, der []byte) support.Secret {
		return support.Secret(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return certificatePEM{der, encode("CERTIFICATE", der)}, keyPEM{private, encode("PRIVATE KEY", pkcs8)}
}
