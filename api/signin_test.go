package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/support"
)

const password = "correct-horse-battery"

func (w *world) signInToken() string {
	_, token, _ := strings.Cut(w.signInURL(snRecord, dana), "?t=")
	return token
}

func signInForm(token, email string) url.Values {
	return url.Values{"t": {token}, "email": {email}, "password": {password}}
}

func TestSignInPageStandsAlone(t *testing.T) {
	w := newWorld(t)
	answer := w.send(request("GET", "/signin?t="+w.signInToken(), "")).status(200)
	page := answer.Body.String()
	require.Contains(t, page, `value="dana@example.org"`)
	require.Contains(t, page, `autocomplete="current-password" autofocus`, "the address is filled in already")
	require.Contains(t, page, `action="signin"`, "PUBLIC_URL may have a path, which a proxy takes away")
	for _, asset := range []string{"<script", "src=", "<link", "@import", "url(", "http://", "https://"} {
		require.NotContains(t, page, asset)
	}
	policy := answer.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "frame-ancestors 'none'")
	require.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
}

func TestSignInIsDoneForTheAgentOfTheLink(t *testing.T) {
	w := newWorld(t)
	page := w.send(form("/signin", signInForm(w.signInToken(), "dana.ruiz@example.org"))).status(200).Body.String()
	require.Equal(t, []string{"u-dana", "dana.ruiz@example.org", password}, w.desk.signedIn)
	require.Contains(t, page, "You are signed in")
	require.NotContains(t, page, password)
	require.NotContains(t, w.log.String(), password)
}

func TestSignInShowsTheFaultAndNeverThePassword(t *testing.T) {
	w := newWorld(t)
	w.desk.signFault = support.Stopped(support.CodeInvalid, `the password is "wrong" <b>`, nil)
	page := w.send(form("/signin", signInForm(w.signInToken(), `"><script>alert(1)</script>`))).status(400).Body.String()
	require.Contains(t, page, "The password is &#34;wrong&#34; &lt;b&gt;.")
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, password)
	require.NotContains(t, w.log.String(), password)
}

func TestSignInTakesNothingFromTheAddress(t *testing.T) {
	w := newWorld(t)
	r := post("/signin?"+signInForm(w.signInToken(), "dana@example.org").Encode(), "")
	w.send(r).problem(401, "unauthenticated")
	require.Empty(t, w.desk.signedIn)
}

func TestSignInLinkIsGoodForTenMinutesAndNothingElse(t *testing.T) {
	w := newWorld(t)
	token := w.signInToken()
	_, panel, _ := strings.Cut(api.NewLinker("", linkKey, w.options.Now).Panel(snRecord), "?t=")
	w.send(form("/signin", signInForm(panel, "dana@example.org"))).status(401)
	w.send(form("/signin", signInForm(token[:len(token)-4]+"AAAA", "dana@example.org"))).status(401)
	w.now = w.now.Add(10*time.Minute + time.Second)
	w.send(form("/signin", signInForm(token, "dana@example.org"))).status(401)
	w.send(request("GET", "/signin?t="+token, "")).status(401)
	require.Empty(t, w.desk.signedIn)
}

func TestSignInIsNoPlaceToTryPasswords(t *testing.T) {
	w := newWorld(t)
	w.desk.signFault = support.Stopped(support.CodeInvalid, "the password is wrong", nil)
	last := 0
	for range 40 {
		last = w.send(form("/signin", signInForm(w.signInToken(), "dana@example.org"))).Code
	}
	require.Equal(t, 429, last)
}

func TestSignInOfAConnectionWithoutOneIsRefused(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.Doors["acme-sn"].SignIn = nil })
	w.send(request("GET", "/signin?t="+w.signInToken(), "")).problem(401, "unauthenticated")
	page := w.send(post("/signin", signInForm(w.signInToken(), "x").Encode(), "Accept", "text/html")).status(401)
	require.Contains(t, page.Body.String(), "This link has run out")
}

func TestSignInFormThatCannotBeReadIsRefused(t *testing.T) {
	w := newWorld(t)
	w.send(post("/signin", "t=%zz")).problem(400, "invalid")
}
