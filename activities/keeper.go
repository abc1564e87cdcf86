package activities

import (
	"context"
	"strings"
	"sync"

	"example.com/lifeline/support"
)

// crmPrefix marks the subjects of a CRM's credentials, so that they never meet a vendor's of the same name.
const crmPrefix = "crm/"

func cutCRM(subject string) (string, bool) { return strings.CutPrefix(subject, crmPrefix) }

// CRMSubject is the subject of a CRM's credential.
func CRMSubject(subject string) string { return crmPrefix + subject }

// Owners reaches the entity workflows that own credentials; implemented by package sessions.
type Owners interface {
	GetCredential(ctx context.Context, owner, connection, subject string) (support.Credential, error)
	RenewCredential(ctx context.Context, owner, connection, subject string, refused support.Credential) (support.Credential, error)
}

// Keeper is a support.Keeper over the credentials' owners. It remembers what it was given, so that a press on the
// button costs no further round trip; a value that was replaced elsewhere is refused once and then renewed.
type Keeper struct {
	Owner      string // vendor account or connection
	Connection string // whose adapter issues
	ForCRM     bool
	Owners     func() Owners // looked up late: adapters exist before the engine's client

	mu   sync.Mutex
	held map[string]support.Credential
}

// Get implements support.Keeper.
func (k *Keeper) Get(ctx context.Context, subject string) (support.Credential, error) {
	k.mu.Lock()
	held, ok := k.held[subject]
	k.mu.Unlock()
	if ok {
		return held, nil
	}
	credential, err := k.Owners().GetCredential(ctx, k.Owner, k.Connection, k.subject(subject))
	return k.remember(subject, credential, err)
}

// Renew implements support.Keeper.
func (k *Keeper) Renew(ctx context.Context, subject string, refused support.Credential) (support.Credential, error) {
	credential, err := k.Owners().RenewCredential(ctx, k.Owner, k.Connection, k.subject(subject), refused)
	return k.remember(subject, credential, err)
}

func (k *Keeper) subject(subject string) string {
	if k.ForCRM {
		return CRMSubject(subject)
	}
	return subject
}

func (k *Keeper) remember(subject string, credential support.Credential, err error) (support.Credential, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		delete(k.held, subject)
		return support.Credential{}, err
	}
	if k.held == nil {
		k.held = map[string]support.Credential{}
	}
	k.held[subject] = credential
	return credential, nil
}
