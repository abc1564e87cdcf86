package engine

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

// The search attributes of Lifeline's workflows. They are never encrypted, so they hold identifiers and no personal
// data beyond the agent that configuration allows. SQL stores have ten keyword columns a namespace: add sparingly, and
// never change a type (temporal.md 4).
var (
	LifelineConnection    = keyword("LifelineConnection")
	LifelineVendor        = keyword("LifelineVendor")
	LifelineRecord        = keyword("LifelineRecord")        // the record's number, as agents call it
	LifelineState         = keyword("LifelineState")         // support.State
	LifelineAgent         = keyword("LifelineAgent")         // the CRM's id of the agent
	LifelineVendorSession = keyword("LifelineVendorSession") // the vendor's id of the session
	LifelineTechnician    = keyword("LifelineTechnician")    // the vendor's id of the technician
	LifelineAttention     = keyword("LifelineAttention")     // the failure's code; unset: all is well
)

var attributes = map[string]enumspb.IndexedValueType{}

// keyword declares an attribute and notes it for Register.
func keyword(name string) temporal.SearchAttributeKeyKeyword {
	attributes[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	return temporal.NewSearchAttributeKeyKeyword(name)
}
