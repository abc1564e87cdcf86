// Package index names the search attributes of Lifeline's workflows, in one place for those who write them, query them
// and register them. They are never encrypted, so they hold identifiers and no personal data beyond the agent that
// configuration allows. SQL stores have ten keyword columns a namespace: add sparingly, and never change a type
// (temporal.md 4).
package index

import (
	"maps"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

// The attributes of a session.
var (
	Connection    = keyword("LifelineConnection")
	Vendor        = keyword("LifelineVendor")
	Record        = keyword("LifelineRecord")        // the record's number, as agents call it
	State         = keyword("LifelineState")         // support.State
	Agent         = keyword("LifelineAgent")         // the CRM's id of the agent
	VendorSession = keyword("LifelineVendorSession") // the vendor's id of the session
	Technician    = keyword("LifelineTechnician")    // the vendor's id of the technician
	Attention     = keyword("LifelineAttention")     // the failure's code; empty or unset: all is well
)

// The memos beside the attributes tell who the people are: memos are encrypted.
const (
	MemoTechnician = "technician" // the technician's SSO id, which may be an e-mail address
	MemoAgent      = "agent"      // the agent's name
)

// AgentMemo is what a session's memo holds from its start; nil when the agent has no name.
func AgentMemo(name string) map[string]any {
	if name == "" {
		return nil
	}
	return map[string]any{MemoAgent: name}
}

var types = map[string]enumspb.IndexedValueType{}

// Types lists all attributes by name, for registering them.
func Types() map[string]enumspb.IndexedValueType { return maps.Clone(types) }

func keyword(name string) temporal.SearchAttributeKeyKeyword {
	types[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	return temporal.NewSearchAttributeKeyKeyword(name)
}
