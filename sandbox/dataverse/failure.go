package dataverse

import (
	"errors"
	"fmt"
	"net/http"
)

// Failure is an error answer of the Web API (reference 3).
type Failure struct {
	Status  int    // HTTP status
	Code    string // platform code, e.g. "0x80040217"; may be empty
	Message string
}

// Error gives code and message.
func (f *Failure) Error() string { return f.Code + ": " + f.Message }

// The platform codes the simulator answers with. All are of reference 3 but the last four: unknown segment, property
// and payload are documented in Microsoft's "web API client errors" article, the choice range is unverified.
const (
	codeNotFound        = "0x80040217"
	codeKeyNotFound     = "0x80060891"
	codeDuplicateKey    = "0x80060892"
	codeDuplicateRow    = "0x80040237"
	codeVersionMismatch = "0x80060882"
	codePrivilege       = "0x80040220"
	codeRecordAccess    = "0x80048306"
	codeAssignee        = "0x80040231"
	codeImpersonation   = "0x8004a110"
	codeNotMember       = "0x80072560"
	codeNoRoles         = "0x80042f09"
	codeInvalidArgument = "0x80040203"
	codeTooLong         = "0x80044331"
	codeCharacters      = "0x80040278"
	codeStatePair       = "0x80048408"
	codePluginAbort     = "0x80040265"
	codeUnexpected      = "0x80040216"
	codeSQLTimeout      = "0x80044151"
	codeKeyNotFailed    = "0x80060897"
	codeKeyName         = "0x80060893"
	codeKeyColumns      = "0x80060894"
	codeKeyUndefined    = "0x80060890"
	codeSegment         = "0x8006088a"
	codeProperty        = "0x0"
	codePayload         = "0x80048d19"
	codeChoice          = "0x8004431a"
)

func fail(status int, code, format string, args ...any) error {
	return &Failure{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

func badRequest(code, format string, args ...any) error {
	return fail(http.StatusBadRequest, code, format, args...)
}

func forbidden(code, format string, args ...any) error {
	return fail(http.StatusForbidden, code, format, args...)
}

func noSegment(name string) error {
	return fail(http.StatusNotFound, codeSegment, "Resource not found for the segment '%s'.", name)
}

func noProperty(name, table string) error {
	return badRequest(codeProperty, "Could not find a property named '%s' on type 'Microsoft.Dynamics.CRM.%s'.", name, table)
}

func badPayload(set, format string, args ...any) error {
	return badRequest(codePayload, "Error identified in Payload provided by the user for Entity :'%s': %s", set, fmt.Sprintf(format, args...))
}

func noRow(table, id string) error {
	return fail(http.StatusNotFound, codeNotFound, "%s With Id = %s Does Not Exist", table, id)
}

func asFailure(err error) *Failure {
	var failure *Failure
	if errors.As(err, &failure) {
		return failure
	}
	return &Failure{Status: http.StatusInternalServerError, Code: codeUnexpected, Message: err.Error()}
}
