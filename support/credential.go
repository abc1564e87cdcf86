package support

import (
	"context"
	"time"
)

// Credential is a secret that lives: it is issued, replaced and runs out.
type Credential struct {
	Value     Secret    `json:"value"`              // authcode, access token or refresh token, as its subject says
	Refresh   Secret    `json:"refresh,omitempty"`  // what renews it, single-use at TeamViewer
	ExpiresAt time.Time `json:"expiresAt,omitzero"` // of Value; zero: never
	Ends      time.Time `json:"ends,omitzero"`      // when a human must consent again; zero: never
	Version   int       `json:"version"`            // grows with each renewal
}

// IsZero tells whether there is nothing to use.
func (c Credential) IsZero() bool { return c.Value == "" && c.Refresh == "" }

// Keeper gives adapters their living credentials. It serialises renewals and stores a new value before anybody uses
// it. A subject is [a-z0-9.@_+-/]: "authcode/dana@example.org", "oauth".
type Keeper interface {
	// Get returns the current credential, issuing the first one where that needs no human. Without one it answers
	// consent_missing (kind Retry) or sign_in_needed (kind Stop).
	Get(ctx context.Context, subject string) (Credential, error)
	// Renew replaces a credential that was refused. If it has been replaced meanwhile, the current one is returned.
	Renew(ctx context.Context, subject string, refused Credential) (Credential, error)
}

// Issuer is implemented by adapters with living credentials. Issue makes the next credential of a subject from the
// current one (zero at first) and may be called by its owner only, one at a time. A grant that is dead answers
// credential_dead; one that a human must give first answers consent_missing or sign_in_needed.
type Issuer interface {
	Issue(ctx context.Context, subject string, current Credential) (Credential, error)
}
