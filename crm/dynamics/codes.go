package dynamics

import (
	"regexp"
	"time"

	"example.com/lifeline/support"
)

// The codes that decide a path (dynamics.md 3).
const (
	codeDuplicateKey    = "0x80060892"
	codeDuplicateRecord = "0x80040237"
	codeKeyNotDefined   = "0x80060890"
	codeInvalidKeyUse   = "0x8006088f"
	codeInvalidArgument = "0x80040203"
	codeWrongStatePair  = "0x80048408"
	codeAlreadyResolved = "0x80044411"
	codeAlreadyClosed   = "0x800404cf"
	codeOnlyFailedKeys  = "0x80060897"
	codeKeyNameExists   = "0x80060893"
	codeKeyColumnsExist = "0x80060894"
	codePrivilegeDenied = "0x80040220"
	codeAbortedByPlugin = "0x80040265"
	codeNoTable         = "0x80041102"
)

// organizationOffRecheck is the pause while an environment is switched off by its administrator.
const organizationOffRecheck = 10 * time.Minute

// meaning is what a code means for us.
type meaning struct {
	kind  support.Kind
	code  string
	text  string
	after time.Duration
}

// meanings is the table of dynamics.md 3, with those of CloseIncident and SendEmail (2.7).
var meanings = map[string]meaning{
	"0x80040217":        {kind: support.Stop, code: support.CodeNotFound, text: "it is not in Dynamics (any more)"},
	"0x80060891":        {kind: support.Stop, code: support.CodeNotFound, text: "it is not in Dynamics (any more)"},
	codeDuplicateKey:    {kind: support.Retry, code: support.CodeConflict, text: "a row with this key is there already"},
	codeDuplicateRecord: {kind: support.Retry, code: support.CodeConflict, text: "a row with this id is there already"},
	"0x80060882":        {kind: support.Retry, code: support.CodeConflict, text: "somebody else changed the row meanwhile"},
	"0x80040333":        {kind: support.Attention, code: support.CodeRefusedByCRM, text: "a duplicate-detection rule refuses the row"},
	"0x80073002":        {kind: support.Attention, code: support.CodeMapping, text: "a unique index of the table refuses the row"},
	"0x8006088d":        {kind: support.Attention, code: support.CodeConfiguration, text: "the table does not support concurrent changes"},

	codePrivilegeDenied: {kind: support.Attention, code: support.CodePermission, text: "Lifeline's application user lacks a privilege"},
	"0x80040231":        {kind: support.Attention, code: support.CodePermission, text: "the new owner may not read this table: give them a role that can"},
	"0x80048306":        {kind: support.Attention, code: support.CodePermission, text: "Lifeline's application user may not see this row"},
	"0x8004a110":        {kind: support.Attention, code: support.CodePermission, text: "Lifeline may not act as the agent: give its application user the role Delegate"},
	"0x80072560":        {kind: support.Attention, code: support.CodePermission, text: "the app registration is no user of this environment: add the application user"},
	"0x80042f09":        {kind: support.Attention, code: support.CodePermission, text: "Lifeline's application user has no security role: give it the role of docs/dynamics.md, section 2"},

	codeInvalidArgument: {kind: support.Attention, code: support.CodeMapping, text: "Dynamics refuses the values that Lifeline sends"},
	"0x80041103":        {kind: support.Attention, code: support.CodeConfiguration, text: "a column of Lifeline is missing: run `lifeline connect`"},
	codeNoTable:         {kind: support.Attention, code: support.CodeConfiguration, text: "a table is missing: run `lifeline connect`, or leave it out of DYNAMICS_RECORD_TYPES"},
	"0x80044331":        {kind: support.Attention, code: support.CodeMapping, text: "a text is too long for its column"},
	"0x80040278":        {kind: support.Attention, code: support.CodeMapping, text: "a text holds characters that Dynamics does not take"},
	"0x80073001":        {kind: support.Attention, code: support.CodeMapping, text: "a text is too long for its column"},
	codeWrongStatePair:  {kind: support.Attention, code: support.CodeMapping, text: "the status reason does not belong to the row's state"},
	codeAbortedByPlugin: {kind: support.Attention, code: support.CodeRefusedByCRM, text: "a business rule of this Dynamics refuses it"},
	"0x8006089d":        {kind: support.Attention, code: support.CodeMapping, text: "several rows carry this key"},
	codeKeyNotDefined:   {kind: support.Attention, code: support.CodeKeyPending, text: "the alternate key is not active: run the key's repair"},
	codeKeyNameExists:   {kind: support.Attention, code: support.CodeConfiguration, text: "a key with this name exists already"},
	codeKeyColumnsExist: {kind: support.Attention, code: support.CodeConfiguration, text: "a key over the same columns exists already"},
	codeOnlyFailedKeys:  {kind: support.Attention, code: support.CodeConfiguration, text: "only a failed key can be reactivated"},

	codeAlreadyResolved: {kind: support.Stop, code: support.CodeConflict, text: "the case is resolved or cancelled already"},
	codeAlreadyClosed:   {kind: support.Stop, code: support.CodeConflict, text: "the case is resolved or cancelled already"},
	"0x8004f456":        {kind: support.Attention, code: support.CodeRefusedByCRM, text: "the case has open child cases: close them first"},
	"0x8004440e":        {kind: support.Attention, code: support.CodeRefusedByCRM, text: "the case has open activities: close them first"},
	"0x80044409":        {kind: support.Attention, code: support.CodeMapping, text: "the resolution names no case"},
	"0x80040b04":        {kind: support.Attention, code: support.CodeMapping, text: "the e-mail has no recipient with an address"},
	"0x80040b08":        {kind: support.Attention, code: support.CodeMapping, text: "the sender has no e-mail address in Dynamics"},

	"0x8004a104": {kind: support.Retry, code: support.CodeUnreachable, text: "the environment is switched off for administration", after: organizationOffRecheck},
	"0x80040216": {kind: support.Retry, code: support.CodeUnreachable, text: "Dynamics had an unexpected fault"},
	"0x80044150": {kind: support.Retry, code: support.CodeUnreachable, text: "the database of Dynamics had a fault"},
	"0x80044151": {kind: support.Retry, code: support.CodeUnreachable, text: "the database of Dynamics did not answer in time"},
	"0x80073000": {kind: support.Retry, code: support.CodeUnreachable, text: "the database of Dynamics could not be reached"},
	"0x80072322": {kind: support.Retry, code: support.CodeRateLimited, text: "Dynamics asks to slow down: too many requests"},
	"0x80072321": {kind: support.Retry, code: support.CodeRateLimited, text: "Dynamics asks to slow down: too much work"},
	"0x80072326": {kind: support.Retry, code: support.CodeRateLimited, text: "Dynamics asks to slow down: too many requests at the same time"},
	"0x8005f103": {kind: support.Retry, code: support.CodeRateLimited, text: "Dynamics asks to slow down"},
}

var privilegeForm = regexp.MustCompile(`\bprv[A-Za-z0-9_]{3,100}\b`)

// failure makes the error. Two texts name what an administrator needs: the missing privilege, and what the
// customer's own plug-in said.
func (m meaning) failure(cause *apiError, after time.Duration) *support.Error {
	text := m.text
	if privilege := privilegeForm.FindString(cause.message); cause.code == codePrivilegeDenied && privilege != "" {
		text += ": " + privilege
	}
	if cause.code == codeAbortedByPlugin && cause.message != "" {
		text += ": " + cause.message
	}
	return &support.Error{Kind: m.kind, Code: m.code, Message: text, RetryAfter: max(after, m.after), Cause: cause}
}
