package support

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what is to be done about a failure.
type Kind string

// The three kinds of failure. Every adapter answers with one of them.
const (
	Retry     Kind = "retry"     // passing: try again, after RetryAfter when the other side named a delay
	Stop      Kind = "stop"      // a business answer for the agent: no console running, record gone
	Attention Kind = "attention" // a human must act: permission, dead token, mapping
)

// The closed list of failure codes. They label metrics and appear in problem documents, so they never change meaning.
const (
	CodeUnreachable     = "unreachable"        // no connection, time-out, 5xx
	CodeProtocol        = "protocol"           // an answer that is not of the documented form (HTML, cut off)
	CodeRateLimited     = "rate_limited"       // the other side asked us to slow down
	CodeConsentMissing  = "consent_missing"    // no credential yet; waits for `lifeline connect` or the token hook
	CodeCredentialDead  = "credential_dead"    // secret or token refused for good
	CodePermission      = "permission"         // the service account lacks a right
	CodeConfiguration   = "configuration"      // table, company id or address is wrong
	CodeMapping         = "mapping"            // the CRM refuses the values we send
	CodeNotFound        = "not_found"          // record, session or row is gone or hidden
	CodeInvalid         = "invalid"            // the request itself is wrong
	CodeNoConsole       = "no_console"         // the technician's console is not running
	CodeNoTechnician    = "unknown_technician" // the agent has no account at the vendor
	CodeOutOfCodes      = "out_of_codes"       // the vendor's pool of PINs is exhausted
	CodeLicenceLimit    = "licence_limit"      // the vendor's licence allows no more open sessions
	CodeActionFailed    = "action_failed"      // the session is not in a state that allows it
	CodeDisabled        = "disabled"           // the integration is switched off
	CodeKeyPending      = "key_pending"        // the CRM's alternate key is not active
	CodeRefusedByCRM    = "refused_by_crm"     // a business rule or plug-in of the customer said no
	CodeSignInNeeded    = "sign_in_needed"     // the agent must sign in to the vendor once
	CodeNotSupported    = "not_supported"      // this vendor or CRM has no such function
	CodeConflict        = "conflict"           // somebody else changed it meanwhile
	CodeInternal        = "internal"           // our own fault
	CodeNoLiveSession   = "no_live_session"    // nothing to close, share or retry
	CodeSessionNotReady = "session_not_ready"  // the session has no invitation yet
)

// Error is a failure with two audiences: Message is for agents and problem documents and never holds a secret;
// Cause is for operators' logs.
type Error struct {
	Kind       Kind
	Code       string
	Message    string
	RetryAfter time.Duration // the delay the other side asked for; zero means "by policy"
	Cause      error
}

// Error returns code and public message, and the cause for the log.
func (e *Error) Error() string {
	if e.Cause == nil {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Cause)
}

// Unwrap gives the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// Retryable makes a passing failure.
func Retryable(code, message string, after time.Duration, cause error) *Error {
	return &Error{Kind: Retry, Code: code, Message: message, RetryAfter: after, Cause: cause}
}

// Stopped makes a business answer for the agent.
func Stopped(code, message string, cause error) *Error {
	return &Error{Kind: Stop, Code: code, Message: message, Cause: cause}
}

// NeedsAttention makes a failure that only a human can end.
func NeedsAttention(code, message string, cause error) *Error {
	return &Error{Kind: Attention, Code: code, Message: message, Cause: cause}
}

// AsError finds the *Error in err. An error that carries none is a passing internal fault, so that it is tried again
// rather than lost.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Retryable(CodeInternal, "an internal error occurred", 0, err)
}

// HasCode tells whether err carries the code.
func HasCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
