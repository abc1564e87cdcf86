package dynamics

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const noteRoute = "POST annotations"

func TestANoteIsWrittenOnceUnderAnIdMadeFromItsMarker(t *testing.T) {
	e := newEnvironment(t).on(noteRoute, done(), refusal(412, codeDuplicateRecord, "A record with matching key values already exists."))
	c := e.crm()
	note := support.Note{Record: theCase, Marker: "s-1:end", Subject: strings.Repeat("s", 600), Text: "done"}
	require.NoError(t, c.AddNote(t.Context(), note))
	require.NoError(t, c.AddNote(t.Context(), note), "the duplicate is the proof that it is there")
	first, second := e.sent(noteRoute)[0].body, e.sent(noteRoute)[1].body
	assert.Equal(t, first, second)
	assert.NotEmpty(t, first["annotationid"])
	assert.Equal(t, "/incidents("+caseID+")", first["objectid_incident@odata.bind"])
	assert.Len(t, []rune(first["subject"].(string)), 500)
}

func TestADuplicateDetectionRuleIsNoProof(t *testing.T) {
	e := newEnvironment(t).on(noteRoute, refusal(412, "0x80040333", ""))
	err := e.crm().AddNote(t.Context(), support.Note{Record: theCase, Marker: "m"})
	requireFailure(t, err, support.Attention, support.CodeRefusedByCRM)
}

func TestAFileIsANoteWithADocument(t *testing.T) {
	e := newEnvironment(t).on(noteRoute, done())
	c := e.crm()
	file := support.Attachment{Record: theCase, Name: "chat.txt", Type: "text/plain", Contents: []byte("hello")}
	require.NoError(t, c.Attach(t.Context(), file))
	body := e.only(noteRoute).body
	assert.Equal(t, "aGVsbG8=", body["documentbody"])
	assert.Equal(t, true, body["isdocument"])
	assert.Equal(t, "chat.txt", body["filename"])

	file.Contents = make([]byte, 5<<20+1)
	requireFailure(t, c.Attach(t.Context(), file), support.Attention, support.CodeConfiguration)
	assert.Len(t, e.calls, 1, "a file that is too large is not sent")
}

func TestACaseIsReassignedOnlyWhenThatChangesSomething(t *testing.T) {
	patch := "PATCH incidents(" + caseID + ")"
	for name, c := range map[string]struct {
		state string
		sent  int
	}{
		"another owner": {`{"statecode":0,"_ownerid_value":"` + otherID + `"}`, 1},
		"same owner":    {`{"statecode":0,"_ownerid_value":"` + strings.ToUpper(userID) + `"}`, 0},
		"closed":        {`{"statecode":1,"_ownerid_value":"` + otherID + `"}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEnvironment(t).on(statePath, ok(c.state)).on(patch, done())
			require.NoError(t, e.crm().Reassign(t.Context(), theCase, theUser))
			require.Len(t, e.sent(patch), c.sent)
			for _, sent := range e.sent(patch) {
				assert.Equal(t, map[string]any{"ownerid@odata.bind": "/systemusers(" + userID + ")"}, sent.body)
				assert.Equal(t, "*", sent.header.Get("If-Match"))
			}
		})
	}
}

func TestACaseIsResolvedByTheAction(t *testing.T) {
	e := newEnvironment(t).on(statePath, ok(`{"statecode":0}`)).on("POST CloseIncident", done())
	require.NoError(t, e.crm().ResolveRecord(t.Context(), support.Resolution{Record: theCase, Text: "fixed", Minutes: 23, Code: "1000"}))
	body := e.only("POST CloseIncident").body
	assert.EqualValues(t, 1000, body["Status"])
	resolution := body["IncidentResolution"].(map[string]any)
	assert.Equal(t, "Microsoft.Dynamics.CRM.incidentresolution", resolution["@odata.type"])
	assert.Equal(t, "/incidents("+caseID+")", resolution["incidentid@odata.bind"])
	assert.EqualValues(t, 23, resolution["timespent"])
}

func TestAlreadyResolvedIsSuccess(t *testing.T) {
	seenClosed := newEnvironment(t).on(statePath, ok(`{"statecode":1}`))
	require.NoError(t, seenClosed.crm().ResolveRecord(t.Context(), support.Resolution{Record: theCase}))
	for _, code := range []string{codeAlreadyResolved, codeAlreadyClosed} {
		raced := newEnvironment(t).on(statePath, ok(`{"statecode":0}`)).on("POST CloseIncident", refusal(400, code, ""))
		require.NoError(t, raced.crm().ResolveRecord(t.Context(), support.Resolution{Record: theCase}))
	}
}

func TestWhatCannotBeResolvedSaysWhy(t *testing.T) {
	c := newEnvironment(t).crm()
	err := c.ResolveRecord(t.Context(), support.Resolution{Record: support.RecordRef{Type: "account", ID: caseID}})
	requireFailure(t, err, support.Stop, support.CodeNotSupported)
	err = c.ResolveRecord(t.Context(), support.Resolution{Record: theCase, Code: "solved"})
	requireFailure(t, err, support.Attention, support.CodeMapping)
	children := newEnvironment(t).on(statePath, ok(`{"statecode":0}`)).on("POST CloseIncident", refusal(400, "0x8004f456", ""))
	failure := requireFailure(t, children.crm().ResolveRecord(t.Context(), support.Resolution{Record: theCase}), support.Attention, support.CodeRefusedByCRM)
	assert.Contains(t, failure.Message, "child cases")
}

func newCase() support.NewRecord {
	return support.NewRecord{Connection: "acme-d365", Type: "incident", Correlation: "rescue:1", Title: "Help", Customer: support.Customer{Email: "ana@example.org"}, Assignee: theUser}
}

func caseEnvironment(t *testing.T, contacts reply, creates ...reply) *environment {
	id := derivedID("record", "acme-d365/rescue:1")
	return newEnvironment(t).on("GET contacts", contacts).on("POST incidents", creates...).
		on("GET incidents("+id+")", aCase("")).on(userPath, ok(dana))
}

func TestACaseIsCreatedOncePerCorrelation(t *testing.T) {
	e := caseEnvironment(t, rows(ana), done(), refusal(412, codeDuplicateRecord, ""))
	c := e.crm()
	first, err := c.CreateRecord(t.Context(), newCase())
	require.NoError(t, err)
	second, err := c.CreateRecord(t.Context(), newCase())
	require.NoError(t, err)
	assert.Equal(t, first, second)
	body := e.sent("POST incidents")[0].body
	assert.Equal(t, first.Ref.ID, body["incidentid"])
	assert.Equal(t, "/contacts("+contactID+")", body["customerid_contact@odata.bind"])
	assert.Equal(t, "/systemusers("+userID+")", body["ownerid@odata.bind"])
}

func TestACaseWithoutAClearCustomerTakesTheDefault(t *testing.T) {
	for _, contacts := range []reply{rows(), rows(ana, bob)} {
		e := caseEnvironment(t, contacts, done())
		_, err := e.crm(func(c *Config) { c.DefaultCustomer = "accounts(" + accountID + ")" }).CreateRecord(t.Context(), newCase())
		require.NoError(t, err)
		assert.Equal(t, "/accounts("+accountID+")", e.only("POST incidents").body["customerid_account@odata.bind"])
	}
}

func TestACaseWithoutAnyCustomerNeedsAHuman(t *testing.T) {
	e := caseEnvironment(t, rows())
	_, err := e.crm().CreateRecord(t.Context(), newCase())
	failure := requireFailure(t, err, support.Attention, support.CodeMapping)
	assert.Contains(t, failure.Message, "default customer")
	assert.NotContains(t, failure.Message, "ana@example.org")
}
