package rescue

import "strings"

// Status is a session's bStatus, the language-neutral enumeration of SESSION_V3 (rescue.md 4.1).
type Status string

// The statuses the simulator reaches by itself. Force sets any other.
const (
	StatusConnecting             Status = "SESSION_CONNECTING"
	StatusWaiting                Status = "SESSION_WAITING"
	StatusPickedUp               Status = "SESSION_PICKEDUP"
	StatusOnHold                 Status = "SESSION_ONHOLD"
	StatusOnHoldCustomerLeft     Status = "SESSION_ONHOLDBUTCUSTOMERLEFT"
	StatusTransferring           Status = "SESSION_TRANSFERINGBUTNOTPICKEDUP" // sic, one R
	StatusRebooting              Status = "SESSION_REBOOTING"
	StatusConnectionProblem      Status = "SESSION_CONNECTIONPROBLEM"
	StatusOffline                Status = "SESSION_OFFLINE"
	StatusClosedByTechnician     Status = "SESSION_CLOSEDBYTECHNICIAN"
	StatusClosedByActive         Status = "SESSION_CLOSEDBYACTIVECUSTOMER"
	StatusClosedByWaiting        Status = "SESSION_CLOSEDBYWAITINGCUSTOMER"
	StatusLeftNotPickedUp        Status = "SESSION_CUSTOMERLEFTSESSION_WASNOTPICKEDUP"
	StatusLeftInTransfer         Status = "SESSION_CUSTOMERLEFTSESSION_DURINGTRANSFER"
	StatusLeftInTransferUnpicked Status = "SESSION_CUSTOMERLEFTSESSION_DURINGTRANSFER_WITHOUTPICKUP"
	StatusTransferred            Status = "SESSION_CLOSED_TRANSFERREDANOTHERTECH"
	StatusTransferredUnpicked    Status = "SESSION_CLOSED_TRANSFERREDANOTHERTECH_WITHOUTPICKUP"
	StatusWaitTimeoutPickedUp    Status = "SESSION_WAITINGTIMEOUT_PICKEDUP"
	StatusWaitTimeout            Status = "SESSION_WAITINGTIMEOUT_NOTPICKEDUP"
	StatusSystemTimeout          Status = "SESSION_SYSTEMTIMEOUT_NOTPICKEDUP"
	StatusIdleTimeout            Status = "SESSION_TIMEOUT_SESSIONIDLETECHSIDE"
	StatusNotClosedTimeout       Status = "SESSION_TIMEOUT_TECHCONNECTIONLOSTORSESSIONWASNOTCLOSEDBYTECH"
	StatusDeclined               Status = "SESSION_TERMSANDCONDITIONSDECLINED"
	StatusClosedInReconnecting   Status = "SESSION_CLOSED_DURINGRECONNECTING"
	StatusClosedInRebooting      Status = "SESSION_CLOSED_DURINGREBOOTING"
)

// Language of an account: status words and yes/no come in it, enumerations do not.
type Language string

// The languages.
const (
	English    Language = "en"
	Portuguese Language = "pt"
)

// statusWords gives the English word of every status (rescue.md 4.1).
var statusWords = map[Status]string{
	"SESSION_STARTING":           "Connecting",
	StatusConnecting:             "Connecting",
	StatusWaiting:                "Waiting",
	StatusPickedUp:               "Active",
	StatusOnHold:                 "On Hold",
	StatusOnHoldCustomerLeft:     "On Hold",
	StatusTransferring:           "Transferring",
	StatusRebooting:              "Rebooting",
	StatusConnectionProblem:      "Reconnecting",
	StatusOffline:                "Offline",
	StatusClosedByTechnician:     "Closed by technician",
	"SESSION_CLOSEDBYCUSTOMER":   "Closed by customer",
	StatusClosedByActive:         "Closed by active customer",
	StatusClosedByWaiting:        "Closed by waiting customer",
	StatusLeftNotPickedUp:        "Closed by waiting customer",
	StatusLeftInTransfer:         "Closed by customer",
	StatusLeftInTransferUnpicked: "Closed by customer",
	StatusTransferred:            "Transferred",
	StatusTransferredUnpicked:    "Transferred",
	StatusIdleTimeout:            "Timed out: closed by technician",
	StatusDeclined:               "Declined terms",
	StatusClosedInReconnecting:   "Closed",
	StatusClosedInRebooting:      "Closed",
	"SESSION_REVOKED":            "Revoked",

	"SESSION_ABORTED_TECHDELETEDORDISABLED": "Aborted",
}

// portuguese translates words as a Brazilian account shows them.
var portuguese = map[string]string{
	"Connecting":                      "Conectando",
	"Waiting":                         "Aguardando",
	"Active":                          "Ativas",
	"On Hold":                         "Em espera",
	"Transferring":                    "Transferindo",
	"Transferred":                     "Transferida",
	"Rebooting":                       "Reinicializando",
	"Reconnecting":                    "Reconectando",
	"Offline":                         "Desconectado",
	"Closed":                          "Encerrado",
	"Closed by technician":            "Encerrado pelo técnico",
	"Closed by customer":              "Encerrado pelo cliente",
	"Closed by active customer":       "Encerrado pelo cliente ativo",
	"Closed by waiting customer":      "Encerrado pelo cliente em espera",
	"Timed out":                       "Tempo esgotado",
	"Timed out: closed by technician": "Tempo esgotado: encerrado pelo técnico",
	"Declined terms":                  "Termos recusados",
	"Revoked":                         "Revogado",
	"Aborted":                         "Abortado",
	"yes":                             "sim",
	"no":                              "não",
}

// in translates a word; what is not translated stays English.
func (l Language) in(word string) string {
	if translated, ok := portuguese[word]; ok && l == Portuguese {
		return translated
	}
	return word
}

// Word is what the account's people and the plain API see of the status.
func (st Status) Word(l Language) string {
	if word, ok := statusWords[st]; ok {
		return l.in(word)
	}
	if strings.Contains(string(st), "TIMEOUT") {
		return l.in("Timed out")
	}
	return l.in("Closed")
}

// live statuses are those of a session in progress; every other is an end.
func (st Status) live() bool {
	switch st {
	case "SESSION_STARTING", StatusConnecting, StatusWaiting, StatusPickedUp, StatusOnHold, StatusOnHoldCustomerLeft,
		StatusTransferring, StatusRebooting, StatusConnectionProblem, StatusOffline:
		return true
	}
	return false
}

// interrupted tells whether the customer's computer is away for the moment.
func (st Status) interrupted() bool {
	return st == StatusRebooting || st == StatusConnectionProblem || st == StatusOffline
}

// inConsole tells whether the technician has the session in hand.
func (st Status) inConsole() bool {
	return st == StatusPickedUp || st == StatusOnHold || st == StatusOnHoldCustomerLeft || st.interrupted()
}
