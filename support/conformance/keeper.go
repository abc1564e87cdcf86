package conformance

import (
	"context"
	"sync"

	"example.com/lifeline/support"
)

// Keeper holds credentials in memory and renews them through an Issuer, for tests of adapters.
type Keeper struct {
	mu     sync.Mutex
	Issuer support.Issuer // set after the adapter is made
	held   map[string]support.Credential
}

// NewKeeper makes a keeper with credentials that a human has given already, by subject.
func NewKeeper(given map[string]support.Credential) *Keeper {
	held := map[string]support.Credential{}
	for subject, credential := range given {
		held[subject] = credential
	}
	return &Keeper{held: held}
}

// Get implements support.Keeper.
func (k *Keeper) Get(ctx context.Context, subject string) (support.Credential, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if held, ok := k.held[subject]; ok {
		return held, nil
	}
	return k.issue(ctx, subject, support.Credential{})
}

// Renew implements support.Keeper.
func (k *Keeper) Renew(ctx context.Context, subject string, refused support.Credential) (support.Credential, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if held := k.held[subject]; held.Value != refused.Value {
		return held, nil
	}
	return k.issue(ctx, subject, k.held[subject])
}

func (k *Keeper) issue(ctx context.Context, subject string, current support.Credential) (support.Credential, error) {
	next, err := k.Issuer.Issue(ctx, subject, current)
	if err != nil {
		return support.Credential{}, err
	}
	next.Version = current.Version + 1
	k.held[subject] = next
	return next, nil
}
