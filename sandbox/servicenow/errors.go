package servicenow

import (
	"fmt"
	"net/http"
)

// failure is an answer that refuses (servicenow.md 4.4). An empty detail is sent as null.
type failure struct {
	status  int
	message string
	detail  string
}

func (f *failure) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.message, f.detail) }

func refuse(status int, message, detail string) *failure {
	return &failure{status: status, message: message, detail: detail}
}

func operationFailed(detail string) *failure {
	return refuse(http.StatusForbidden, "Operation Failed", detail)
}

func invalidTable(name string) *failure {
	return refuse(http.StatusBadRequest, "Invalid table "+name, "")
}

func noRecord() *failure {
	return refuse(http.StatusNotFound, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
}

func noResource() *failure {
	return refuse(http.StatusBadRequest, "Requested URI does not represent any resource", "")
}

func unreadable(reason string) *failure {
	return refuse(http.StatusBadRequest, "Exception while reading request", reason)
}

func notAuthenticated() *failure {
	return refuse(http.StatusUnauthorized, "User Not Authenticated", "Required to provide Auth information")
}

func aborted(tableName, rule string) *failure {
	return operationFailed(fmt.Sprintf("Operation against file '%s' was aborted by Business Rule '%s^%s'. Business Rule Stack:%s",
		tableName, rule, ruleID(rule), rule))
}

func notAuthorized() *failure { return refuse(http.StatusForbidden, "User Not Authorized", "") }

// denied is the answer of the ACLs to the operation.
func denied(op Operation) *failure {
	if op == Read {
		return refuse(http.StatusForbidden, "Insufficient rights to query records", "")
	}
	verb := map[Operation]string{Create: "Insert", Write: "Update", Delete: "Delete"}[op]
	return operationFailed("ACL Exception " + verb + " Failed due to security constraints")
}
