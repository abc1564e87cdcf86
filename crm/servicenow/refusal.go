package servicenow

import (
	"net/http"
	"regexp"
	"strings"

	"example.com/lifeline/support"
)

var (
	businessRule = regexp.MustCompile(`aborted by Business Rule '([^'^]{1,100})`)
	mandatory    = regexp.MustCompile(`Data Policy Exception: *(.{1,200})`)
)

// refused sorts a 4xx answer by its words (servicenow.md 4.4). Each message names what an administrator can change.
func refused(about string, status int, t trouble) error {
	said := remark(t.String())
	switch {
	case strings.HasPrefix(t.message, "Invalid table"):
		return support.NeedsAttention(support.CodeConfiguration, "the table "+about+" does not exist in ServiceNow, or is not open to web services", said)
	case strings.HasPrefix(t.message, "Requested URI does not represent"):
		return support.NeedsAttention(support.CodeConfiguration, "ServiceNow does not know the address for "+about+"; check SERVICENOW_BASE_URL", said)
	case status == http.StatusNotFound:
		return support.Stopped(support.CodeNotFound, about+": the record is gone or hidden from the service account", said)
	case status == http.StatusForbidden:
		return forbidden(about, t)
	}
	return support.NeedsAttention(support.CodeInvalid, "ServiceNow does not accept the call about "+about, said)
}

// forbidden tells the five meanings of a 403 apart.
func forbidden(about string, t trouble) error {
	said := remark(t.String())
	if rule := businessRule.FindStringSubmatch(t.detail); rule != nil {
		return support.NeedsAttention(support.CodeRefusedByCRM, "the business rule “"+rule[1]+"” refused the change of "+about, said)
	}
	if fields := mandatory.FindStringSubmatch(t.detail); fields != nil {
		return support.NeedsAttention(support.CodeMapping, "a data policy of "+about+" refused the change: "+fields[1], said)
	}
	if insertCollided(t) {
		return support.NeedsAttention(support.CodeConflict, "ServiceNow refused to insert into "+about+"; its system log has the reason", nil) // the detail shows the row's display value
	}
	if strings.Contains(t.detail, "ACL Exception") {
		return support.NeedsAttention(support.CodePermission, "the service account lacks the role to write "+about, said)
	}
	return support.NeedsAttention(support.CodePermission, "the service account may not use "+about+": it lacks a role, or the table is closed to web services", said)
}

// insertCollided recognises the generic words of a unique index that was hit; the database's own text is only in the
// instance's system log.
func insertCollided(t trouble) bool { return strings.Contains(t.detail, "Error during insert") }
