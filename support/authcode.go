package support

import "context"

// Authcodes is the further port of a CRM whose user settings show how an agent's authcode at the vendor stands. The
// authcode itself never leaves its owner.
type Authcodes interface {
	// ShowAuthcode writes the state into the agent's user setting, if it is another one.
	ShowAuthcode(ctx context.Context, agent Agent, state string) error
}

// The states of an authcode.
const (
	AuthcodeKept    = "kept"           // Lifeline has one
	AuthcodeMissing = CodeSignInNeeded // the agent must sign in once
)
