package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

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
		verifier := &oidcVerifier{process: p}
		out.Verify = verifier.verify
	}
	return out
}

// oidcVerifier checks operators' tokens. The issuer is asked for its keys with the first token, so that Lifeline starts
// also while the issuer is down.
type oidcVerifier struct {
	process  config.Process
	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
}

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
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.verifier != nil {
		return v.verifier, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	provider, err := oidc.NewProvider(ctx, v.process.OIDCIssuer)
	if err != nil {
		return nil, err
	}
	v.verifier = provider.Verifier(&oidc.Config{ClientID: v.process.OIDCAudience})
	return v.verifier, nil
}

// temporalPages is where the engine's UI shows the namespace's runs.
func temporalPages(ui, namespace string) string {
	if ui == "" {
		return ""
	}
	return ui + "/namespaces/" + url.PathEscape(namespace)
}
