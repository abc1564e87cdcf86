package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/sync/singleflight"

	"example.com/lifeline/api"
	"example.com/lifeline/config"
	"example.com/lifeline/engine"
)

// payloadKeys are the keys that encrypt payloads. Validation has refused a missing key outside dev; there one is kept
// beside the inbox, so that sessions of yesterday can still be read.
func payloadKeys(p config.Process) (*engine.Keys, error) {
	if p.Keys == "" && p.Dev() {
		return engine.KeysFromFile(filepath.Join(filepath.Dir(p.Inbox), "payload.key"))
	}
	keys, err := engine.ParseKeys(p.Keys.Reveal())
	if err != nil {
		return nil, fmt.Errorf("LIFELINE_KEYS: %w", err)
	}
	return keys, nil
}

// loadConfiguration names a key that cannot be used among the other faults.
func loadConfiguration() (config.Config, error) { return config.Load(keyFaults) }

func keyFaults(cfg config.Config) []string {
	if cfg.Process.Keys == "" {
		return nil // whether it may be missing is the configuration's matter
	}
	if _, err := payloadKeys(cfg.Process); err != nil {
		return []string{err.Error()}
	}
	return nil
}

// operators decides who may operate: whoever has the token, and whoever the OpenID Connect issuer signed in.
func operators(p config.Process) api.Operators {
	out := api.Operators{Token: p.OperatorToken, Open: p.Dev() && p.OperatorToken == ""}
	if p.OIDCIssuer != "" {
		verifier := &oidcVerifier{process: p, patience: issuerPatience}
		out.Verify = verifier.verify
	}
	return out
}

// oidcVerifier checks operators' tokens. The issuer is asked for its keys with the first token, so that Lifeline starts
// also while the issuer is down.
type oidcVerifier struct {
	process  config.Process
	patience time.Duration      // with one answer of the issuer
	fetching singleflight.Group // all who need the issuer's description wait for one answer, each for as long as they like
	verifier atomic.Pointer[oidc.IDTokenVerifier]
}

const issuerPatience = 10 * time.Second

func (v *oidcVerifier) verify(ctx context.Context, token string) error {
	verifier, err := v.get(ctx)
	if err != nil {
		return err
	}
	checked, err := verifier.Verify(ctx, token)
	if err != nil {
		return err
	}
	if v.process.OIDCGroup == "" {
		return nil
	}
	var claims struct {
		Groups []string `json:"groups"`
	}
	if err := checked.Claims(&claims); err != nil {
		return err
	}
	if !slices.Contains(claims.Groups, v.process.OIDCGroup) {
		return errors.New("not in the operators' group")
	}
	return nil
}

func (v *oidcVerifier) get(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	if verifier := v.verifier.Load(); verifier != nil {
		return verifier, nil
	}
	fetched := v.fetching.DoChan("", func() (any, error) { return nil, v.fetch(context.WithoutCancel(ctx)) })
	select {
	case result := <-fetched:
		return v.verifier.Load(), result.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fetch asks the issuer where its keys are. The client is kept for asking for the keys, which the library would wait for
// without end.
func (v *oidcVerifier) fetch(ctx context.Context) error {
	ctx = oidc.ClientContext(ctx, &http.Client{Timeout: v.patience})
	provider, err := oidc.NewProvider(ctx, v.process.OIDCIssuer)
	if err != nil {
		return err
	}
	v.verifier.Store(provider.Verifier(&oidc.Config{ClientID: v.process.OIDCAudience}))
	return nil
}

// temporalPages is where the engine's UI shows the namespace's runs.
func temporalPages(ui, namespace string) string {
	if ui == "" {
		return ""
	}
	return ui + "/namespaces/" + url.PathEscape(namespace)
}
