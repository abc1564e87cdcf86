package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
)

const audience = "lifeline-operators"

// issuer signs operators in by OpenID Connect. The addresses that are held answer nobody.
type issuer struct {
	t    *testing.T
	http *httptest.Server
	key  *rsa.PrivateKey
	held atomic.Pointer[string]
}

const (
	discovery = "/.well-known/openid-configuration"
	keySet    = "/keys"
)

func newIssuer(t *testing.T) *issuer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	i := &issuer{t: t, key: key}
	i.hold("")
	i.http = httptest.NewServer(http.HandlerFunc(i.answer))
	t.Cleanup(i.http.Close)
	t.Cleanup(i.http.CloseClientConnections)
	return i
}

func (i *issuer) hold(path string) { i.held.Store(&path) }

func (i *issuer) answer(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == *i.held.Load() {
		<-r.Context().Done()
		return
	}
	body := map[string]any{
		"issuer": i.http.URL, "jwks_uri": i.http.URL + keySet, "authorization_endpoint": i.http.URL + "/authorize",
		"token_endpoint": i.http.URL + "/token", "id_token_signing_alg_values_supported": []string{"RS256"},
	}
	if r.URL.Path == keySet {
		modulus := base64.RawURLEncoding.EncodeToString(i.key.N.Bytes())
		body = map[string]any{"keys": []any{map[string]string{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k", "n": modulus, "e": "AQAB"}}}
	}
	w.Header().Set("Content-Type", "application/json")
	assert.NoError(i.t, json.NewEncoder(w).Encode(body))
}

func (i *issuer) token(audience string, groups ...string) string {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": i.http.URL, "sub": "dana", "aud": audience, "exp": time.Now().Add(time.Hour).Unix(), "groups": groups,
	})
	token.Header["kid"] = "k"
	signed, err := token.SignedString(i.key)
	require.NoError(i.t, err)
	return signed
}

func (i *issuer) verifier(patience time.Duration) *oidcVerifier {
	p := config.Process{OIDCIssuer: i.http.URL, OIDCAudience: audience, OIDCGroup: "support"}
	return &oidcVerifier{process: p, patience: patience}
}

func TestOperatorsAreThoseOfTheGroupWhomTheIssuerSignedIn(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(time.Minute)
	assert.NoError(t, v.verify(t.Context(), i.token(audience, "everyone", "support")))
	assert.Error(t, v.verify(t.Context(), i.token(audience, "everyone")))
	assert.Error(t, v.verify(t.Context(), i.token("another-app", "support")))
	assert.Error(t, v.verify(t.Context(), newIssuer(t).token(audience, "support")))
	assert.Error(t, v.verify(t.Context(), "no token at all"))
}

// Each request waited for those before it, one after the other, however little time it had.
func TestIssuerThatDoesNotAnswerKeepsNobodyLongerThanTheyWait(t *testing.T) {
	i := newIssuer(t)
	i.hold(discovery)
	v := i.verifier(time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { assert.Error(t, v.verify(ctx, i.token(audience, "support"))) })
	}
	all.Wait()
	assert.Less(t, time.Since(began), 10*time.Second)
}

// The library waits for keys without end, and everybody after the first waits for the same answer.
func TestIssuerWhoseAnswerWasLostIsAskedAgain(t *testing.T) {
	for _, lost := range []string{discovery, keySet} {
		t.Run(lost, func(t *testing.T) {
			i := newIssuer(t)
			i.hold(lost)
			v := i.verifier(100 * time.Millisecond)
			require.Error(t, v.verify(t.Context(), i.token(audience, "support")))
			i.hold("")
			assert.NoError(t, v.verify(t.Context(), i.token(audience, "support")))
		})
	}
}
