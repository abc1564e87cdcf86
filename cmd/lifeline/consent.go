package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"example.com/lifeline/outbound"
	"example.com/lifeline/vendors/teamviewer"
)

// consentPatience is how long the human may take; the code that consent brings lives as long (teamviewer.md 1.4).
const consentPatience = 10 * time.Minute

// connectVendor gets from a human what the vendor's account needs of one: TeamViewer's consent, where an OAuth app is
// configured.
func (a *App) connectVendor(ctx context.Context, c *connection, out io.Writer) error {
	vendor, ok := c.Vendor.(*teamviewer.Vendor)
	if !ok || c.config.TeamViewer.ClientID == "" {
		return nil
	}
	return a.consentTeamViewer(ctx, c, vendor, out)
}

// consentTeamViewer leads a human through TeamViewer's consent in the browser and stores the grant with its owner.
func (a *App) consentTeamViewer(ctx context.Context, c *connection, vendor *teamviewer.Vendor, out io.Writer) error {
	desk, err := openConsentDesk(c.config.TeamViewer.RedirectURL)
	if err != nil {
		return err
	}
	defer desk.close()
	verifier := oauth2.GenerateVerifier()
	fmt.Fprintf(out, "Open this address in a browser on this machine, sign in to TeamViewer and agree, within %d minutes:\n\n  %s\n\n",
		int(consentPatience.Minutes()), vendor.AuthURL(desk.state, verifier))
	code, err := desk.wait(ctx, consentPatience)
	if err != nil {
		return err
	}
	credential, err := vendor.Exchange(ctx, code, verifier)
	if err != nil {
		return err
	}
	if err := a.sessions.ProvideCredential(ctx, vendor.Account(), c.Name, teamviewer.Subject, credential); err != nil {
		return err
	}
	fmt.Fprintln(out, "  ✓ consent: stored. Waiting sessions go on by themselves.")
	return nil
}

// consentDesk listens on a loopback address for the browser that comes back from the consent page.
type consentDesk struct {
	state   string // comes back unchanged, or the answer is not to our question
	server  *http.Server
	results chan consentResult
}

type consentResult struct {
	code string
	err  error
}

var (
	errNotLoopback = errors.New("TEAMVIEWER_REDIRECT_URL must be http on a loopback address with a port, such as http://127.0.0.1:8099/callback: `lifeline connect` waits there for the browser")
	errDenied      = errors.New("TeamViewer's consent was not given; nothing was changed")
	errNoConsent   = errors.New("nobody gave TeamViewer's consent in time; run `lifeline connect` again")
)

func openConsentDesk(redirect string) (*consentDesk, error) {
	at, err := url.Parse(redirect)
	if err != nil || at.Scheme != "http" || at.Port() == "" || !outbound.IsLoopback(at.Hostname()) {
		return nil, errNotLoopback
	}
	listener, err := net.Listen("tcp", at.Host)
	if err != nil {
		return nil, fmt.Errorf("TEAMVIEWER_REDIRECT_URL's address cannot be listened on: %w", err)
	}
	d := &consentDesk{state: rand.Text(), results: make(chan consentResult, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathOf(at), d.answer)
	d.server = &http.Server{Handler: mux, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: readTimeout}
	go func() { _ = d.server.Serve(listener) }()
	return d, nil
}

// pathOf makes a pattern of exactly this path.
func pathOf(at *url.URL) string {
	if at.Path == "" || at.Path == "/" {
		return "/{$}"
	}
	return at.Path
}

// answer takes the browser that comes back. One with another state is refused, and the desk goes on waiting: anybody can
// lead a browser here.
func (d *consentDesk) answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	query := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(d.state)) != 1 {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintln(w, "This is not the answer to the question that lifeline connect asked. Please use the address that it shows.")
		return
	}
	result := consentResult{code: query.Get("code")}
	text := "Thank you. You may close this window; lifeline connect goes on."
	if result.code == "" {
		result.err = errDenied
		text = "Consent was not given. You may close this window."
	}
	select {
	case d.results <- result:
		fmt.Fprintln(w, text)
	default:
		fmt.Fprintln(w, "The answer was taken already. You may close this window.")
	}
}

// wait gives the code that consent brings.
func (d *consentDesk) wait(ctx context.Context, patience time.Duration) (string, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case result := <-d.results:
		return result.code, result.err
	case <-late.C:
		return "", errNoConsent
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// close lets the last page reach the browser.
func (d *consentDesk) close() {
	ctx, cancel := context.WithTimeout(context.Background(), readHeaderTimeout)
	defer cancel()
	if d.server.Shutdown(ctx) != nil {
		_ = d.server.Close()
	}
}
