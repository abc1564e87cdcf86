package dynamics

import (
	"encoding/json"
	"regexp"

	"example.com/lifeline/support"
)

var (
	logicalName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,127}$`)
	messageName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,127}$`)
)

// DecodeHook reads what is needed of a webhook's body, a RemoteExecutionContext (dynamics.md 1.3 "Delivery facts"):
// which row of which organization, table and message. All of it is outside the parts that Dataverse leaves out of
// bodies over 256 KB. It is a hint and no more: the row is read again before anything is believed. It fails with
// kind Stop.
func DecodeHook(body []byte) (rowID, organizationID, entity, message string, err error) {
	var sent struct {
		Organization string `json:"OrganizationId"`
		ID           string `json:"PrimaryEntityId"`
		Entity       string `json:"PrimaryEntityName"`
		Message      string `json:"MessageName"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return "", "", "", "", badHook("the body is not a Dataverse execution context")
	}
	if rowID, err = guid(sent.ID); err != nil {
		return "", "", "", "", badHook("the body names no row")
	}
	if organizationID, err = guid(sent.Organization); err != nil {
		return "", "", "", "", badHook("the body names no organization")
	}
	if !logicalName.MatchString(sent.Entity) || !messageName.MatchString(sent.Message) {
		return "", "", "", "", badHook("the body names no table or message")
	}
	return rowID, organizationID, sent.Entity, sent.Message, nil
}

func badHook(text string) error { return support.Stopped(support.CodeInvalid, text, nil) }

// IsRequest tells whether a delivery is about a new session row.
func (c Config) IsRequest(entity, message string) bool {
	return message == "Create" && entity == names{prefix: c.Prefix}.of(Sessions.Name)
}
