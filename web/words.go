package web

import (
	"cmp"
	"html/template"
	"strings"

	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
)

// The words in which pages speak of what the code names in one word. A word that is not known is shown as it is.
var (
	stateWords = map[support.State]string{
		"": "No session", support.Requested: "Requested", support.Invited: "Invited", support.Waiting: "Customer waiting",
		support.Connected: "Connected", support.Ended: "Ended", support.Filed: "Filed", support.Expired: "Expired",
		support.Cancelled: "Cancelled",
	}
	reasonWords = map[support.Reason]string{
		support.ReasonTechnician: "closed by the technician", support.ReasonCustomer: "closed by the customer",
		support.ReasonAbandoned: "the customer left before anyone picked up", support.ReasonTimeout: "timed out",
		support.ReasonConnection: "the connection was lost", support.ReasonAborted: "aborted by the vendor",
		support.ReasonDeclined: "the customer declined the terms", support.ReasonExpired: "the code ran out unused",
		support.ReasonCancelled: "withdrawn by the agent", support.ReasonClosedByUs: "closed from the record",
		support.ReasonNoReport: "the vendor has no report of it", support.ReasonUnknownCause: "cause unknown",
	}
	vendorWords  = map[support.VendorKind]string{support.Rescue: "Rescue", support.TeamViewer: "TeamViewer"}
	crmWords     = map[support.CRMKind]string{support.ServiceNow: "ServiceNow", support.Dynamics: "Dynamics 365"}
	channelWords = map[support.MailChannel]string{
		support.MailSMTP: "e-mail by Lifeline", support.MailCRM: "e-mail by the CRM", support.MailMailto: "draft in the mail program",
	}
	mailWords = map[support.MailStatus]string{
		support.MailQueued: "waiting to be sent", support.MailSent: "sent", support.MailFailed: "not sent",
	}
	runWords = map[string]string{
		"Running": "running now", "Completed": "succeeded", "Failed": "failed", "TimedOut": "timed out",
		"Terminated": "ended by an operator", "Canceled": "cancelled",
	}
	runEndWords = map[sessions.RunEnd]string{sessions.HandedOver: "Goes on in another run", sessions.Stopped: "Run was stopped"}
	recordWords = map[string]string{"sn_customerservice_case": "case"}
	// Dynamics' table of cases is called incident, as ServiceNow's of incidents is.
	dynamicsWords = map[string]string{"incident": "case"}
)

func word[K ~string](words map[K]string, key K) string { return cmp.Or(words[key], string(key)) }

func stateWord(s support.State) string         { return word(stateWords, s) }
func reasonWord(r support.Reason) string       { return word(reasonWords, r) }
func vendorWord(v support.VendorKind) string   { return word(vendorWords, v) }
func crmWord(k support.CRMKind) string         { return word(crmWords, k) }
func channelWord(c support.MailChannel) string { return word(channelWords, c) }
func runWord(status string) string             { return word(runWords, status) }
func runEndWord(e sessions.RunEnd) string      { return word(runEndWords, e) }

// mailWord is what became of a mailing. Whether a draft was sent only the agent's mail program knows.
func mailWord(channel support.MailChannel, status support.MailStatus) string {
	if channel == support.MailMailto {
		return "drafted"
	}
	return word(mailWords, status)
}

// recordWord is what a CRM's users call a type of record.
func recordWord(crm support.CRMKind, recordType string) string {
	if crm == support.Dynamics {
		return word(dynamicsWords, recordType)
	}
	return word(recordWords, recordType)
}

// codeWord is what the vendor calls its code.
func codeWord(vendor support.VendorKind) string {
	if vendor == support.Rescue {
		return "PIN"
	}
	return "Session code"
}

// code shows what stands between backticks as something to type.
func code(text string) template.HTML {
	var out strings.Builder
	for i, part := range strings.Split(text, "`") {
		part = template.HTMLEscapeString(part)
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		out.WriteString(part)
	}
	return template.HTML(out.String()) // every part is escaped
}
