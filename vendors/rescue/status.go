package rescue

import (
	"strings"

	"example.com/lifeline/support"
)

// standing is what one status of a session means to Lifeline.
type standing struct {
	phase  support.Phase
	reason support.Reason
}

func endedBy(reason support.Reason) standing { return standing{support.PhaseEnded, reason} }

// standings is the whole table of rescue.md 4.1. Only this enumeration is decided on: the words in sStatus and in
// plain answers are translated to the account's language.
var standings = map[string]standing{
	"SESSION_STARTING":                                         {phase: support.PhaseJoining},
	"SESSION_CONNECTING":                                       {phase: support.PhaseJoining},
	"SESSION_WAITING":                                          {phase: support.PhaseWaiting},
	"SESSION_PICKEDUP":                                         {phase: support.PhaseConnected},
	"SESSION_ONHOLD":                                           {phase: support.PhaseConnected},
	"SESSION_ONHOLDBUTCUSTOMERLEFT":                            {phase: support.PhaseConnected},
	"SESSION_TRANSFERINGBUTNOTPICKEDUP":                        {phase: support.PhaseTransferring},
	"SESSION_REBOOTING":                                        {phase: support.PhaseConnected},
	"SESSION_CONNECTIONPROBLEM":                                {phase: support.PhaseConnected},
	"SESSION_OFFLINE":                                          {phase: support.PhaseConnected},
	"SESSION_CLOSEDBYTECHNICIAN":                               endedBy(support.ReasonTechnician),
	"SESSION_CLOSEDBYCUSTOMER":                                 endedBy(support.ReasonCustomer),
	"SESSION_CLOSEDBYACTIVECUSTOMER":                           endedBy(support.ReasonCustomer),
	"SESSION_CLOSEDBYWAITINGCUSTOMER":                          endedBy(support.ReasonAbandoned),
	"SESSION_CUSTOMERLEFTSESSION_WASNOTPICKEDUP":               endedBy(support.ReasonAbandoned),
	"SESSION_CUSTOMERLEFTSESSION_DURINGTRANSFER":               endedBy(support.ReasonCustomer),
	"SESSION_CUSTOMERLEFTSESSION_DURINGTRANSFER_WITHOUTPICKUP": endedBy(support.ReasonAbandoned),
	// Not an end: the session goes on under another technician.
	"SESSION_CLOSED_TRANSFERREDANOTHERTECH":                         {phase: support.PhaseTransferring},
	"SESSION_CLOSED_TRANSFERREDANOTHERTECH_WITHOUTPICKUP":           {phase: support.PhaseTransferring},
	"SESSION_WAITINGTIMEOUT_PICKEDUP":                               endedBy(support.ReasonTimeout),
	"SESSION_WAITINGTIMEOUT_NOTPICKEDUP":                            endedBy(support.ReasonTimeout),
	"SESSION_SYSTEMTIMEOUT_PICKEDUP":                                endedBy(support.ReasonTimeout),
	"SESSION_SYSTEMTIMEOUT_NOTPICKEDUP":                             endedBy(support.ReasonTimeout),
	"SESSION_TIMEOUT_SESSIONIDLETECHSIDE":                           endedBy(support.ReasonTimeout),
	"SESSION_TIMEOUT_TECHCONNECTIONLOSTORSESSIONWASNOTCLOSEDBYTECH": endedBy(support.ReasonTimeout),
	"SESSION_CLOSED_DURINGRECONNECTING":                             endedBy(support.ReasonConnection),
	"SESSION_CLOSED_DURINGREBOOTING":                                endedBy(support.ReasonConnection),
	"SESSION_ABORTED_TECHDELETEDORDISABLED":                         endedBy(support.ReasonAborted),
	"SESSION_REVOKED":                                               endedBy(support.ReasonAborted),
	"SESSION_TERMSANDCONDITIONSDECLINED":                            endedBy(support.ReasonDeclined),
	// Unattended access is no support session, so its ends have no reason of ours.
	"SESSION_UACCESS_EXPIRED_WASPICKEDUPBEFORE":           endedBy(support.ReasonUnknownCause),
	"SESSION_UACCESS_EXPIRED_NOTPICKEDUPBEFORE":           endedBy(support.ReasonUnknownCause),
	"SESSION_UACCESS_REVOKEDBYCUSTOMER_WASPICKEDUPBEFORE": endedBy(support.ReasonUnknownCause),
	"SESSION_UACCESS_REVOKEDBYCUSTOMER_NOTPICKEDUPBEFORE": endedBy(support.ReasonUnknownCause),
	"SESSION_UACCESS_REVOKEDBYADMIN_WASPICKEDUPBEFORE":    endedBy(support.ReasonUnknownCause),
	"SESSION_UACCESS_REVOKEDBYADMIN_NOTPICKEDUPBEFORE":    endedBy(support.ReasonUnknownCause),
}

// standingOf reads a status. An unknown one is PhaseUnknown, which keeps the last phase.
func standingOf(status string) standing { return standings[strings.ToUpper(strings.TrimSpace(status))] }
