package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/activities"
)

var operatorsDesk = stationery{zone: time.UTC, operations: "https://lifeline.example.com/operations"}

func TestAlertLeadsToTheOperationsPages(t *testing.T) {
	alert := operatorsDesk.Alert(activities.AlertText{Connection: "acme-sn", Trouble: activities.Trouble{Step: "file the session", Session: true}})
	assert.Contains(t, alert.Text, "https://lifeline.example.com/operations")
	assert.Contains(t, alert.HTML, `href="https://lifeline.example.com/operations"`)
}

// It named Lifeline's own word for the credential as an account, and a command as one way of several.
func TestWarningOfAConsentSaysWhatAnOperatorKnows(t *testing.T) {
	letter := operatorsDesk.ConsentExpiry("acme-sn", time.Date(2026, 6, 18, 9, 0, 0, 0, time.UTC), 7)
	assert.Contains(t, letter.Text, "The consent by which Lifeline may use the connection acme-sn ends on Thursday, 18 June 2026")
	assert.Contains(t, letter.Text, `An administrator renews it with the command "lifeline connect acme-sn".`)
}
