package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"example.com/lifeline/activities"
	"example.com/lifeline/support"
)

func adopt(t *testing.T, h *house, event support.Event) activities.Adopted {
	t.Helper()
	found, err := h.Adopt(t.Context(), activities.AdoptInput{Connection: acme, Event: event})
	require.NoError(t, err)
	return found
}

func TestAdoptedSessionIsFoundByRowTokenOrNumber(t *testing.T) {
	ticket := support.Record{Number: "INC0010001"}
	row := support.RowInfo{RowID: "row-1", Record: incident}
	records := map[string]support.Record{incident.ID: ticket, "INC0010042": {Number: "INC0010042", Ref: incident}}
	numbered := support.Event{VendorSessionID: "1", Fields: []support.Field{
		{Name: "TechName", Value: "INC0010042"}, {Name: "CField1", Value: "Ana Lima"}, {Name: "cfield2", Value: "ana1@example.org"},
		{Name: "CField3", Value: "CS00404"}, {Name: "CField4", Value: " INC0010042 "},
	}}
	for name, c := range map[string]struct {
		event  support.Event
		crm    crm
		row    bool
		number string
	}{
		"row":          {support.Event{VendorSessionID: "1"}, crm{records: records, rows: map[string]support.RowInfo{"1": row}}, true, "INC0010001"},
		"row by token": {support.Event{VendorSessionID: "1", Token: ours}, crm{records: records, byToken: map[support.Token]support.RowInfo{ours: row}}, true, "INC0010001"},
		"row of another session by token": {
			support.Event{VendorSessionID: "1", Token: ours},
			crm{records: records, byToken: map[support.Token]support.RowInfo{ours: {RowID: "row-1", Record: incident, VendorSessionID: "2"}}}, false, "INC0010001",
		},
		"token without a row": {support.Event{VendorSessionID: "1", Token: ours}, crm{records: records}, false, "INC0010001"},
		"number":              {numbered, crm{records: records}, false, "INC0010042"},
		"gone record":         {support.Event{VendorSessionID: "1", Token: ours}, crm{}, false, ""},
		"nothing":             {support.Event{VendorSessionID: "1"}, crm{records: records}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(support.Rescue)
			*h.crm = c.crm
			found := adopt(t, h, c.event)
			assert.Equal(t, c.row, found.Row != nil)
			assert.True(t, found.Settings.Enabled)
			if c.number == "" {
				assert.Nil(t, found.Record)
				return
			}
			require.NotNil(t, found.Record)
			assert.Equal(t, c.number, found.Record.Number)
			assert.Equal(t, acme, found.Record.Ref.Connection)
		})
	}
}

func TestNamesAndAddressesAreNotSearchedForAsNumbers(t *testing.T) {
	h := newHouse(support.Rescue)
	adopt(t, h, support.Event{VendorSessionID: "1", Fields: []support.Field{
		{Name: "CField0", Value: "Ana Lima 2"}, {Name: "CField1", Value: "ana2@example.org"}, {Name: "CField2", Value: "lower1"}, {Name: "CField3", Value: "ABCD"},
		{Name: "CField4", Value: "Apt12\nTower"},
	}})
	assert.Empty(t, h.crm.searched)
}

func TestSharedLetterHoldsTheLink(t *testing.T) {
	invitation := support.Invitation{Code: "123456", CustomerLink: "https://rescue.example.com/?a=1&b=2"}
	for template, want := range map[string]string{
		`<a href="{link}">{code}</a>`: `<a href="https://rescue.example.com/?a=1&amp;b=2">123456</a>`,
		`<p>Hello</p>`:                `<p>Hello</p><p><a href="https://rescue.example.com/?a=1&amp;b=2">https://rescue.example.com/?a=1&amp;b=2</a></p>`,
	} {
		h := newHouse(support.Rescue)
		h.crm.letter = support.Letter{HTML: template, Text: "Come: {link} ({code})"}
		input := activities.ShareInput{TemplateID: "t1", Channel: support.MailCRM}
		input.Connection, input.Invitation, input.Key = acme, invitation, "key"
		result, err := h.ShareLink(t.Context(), input)
		require.NoError(t, err)
		assert.Equal(t, activities.ShareResult{MailID: "mail-1", Status: support.MailQueued}, result)
		assert.Equal(t, want, h.crm.mailings[0].Letter.HTML)
		assert.Equal(t, "Come: https://rescue.example.com/?a=1&b=2 (123456)", h.crm.mailings[0].Letter.Text)
		assert.Equal(t, "key", h.crm.mailings[0].Marker)
	}
}

func TestShareByOtherChannels(t *testing.T) {
	h := newHouse(support.Rescue)
	input := activities.ShareInput{Channel: support.MailMailto}
	input.Connection, input.Invitation.Code = acme, "123456"
	draft, err := h.ShareLink(t.Context(), input)
	require.NoError(t, err)
	assert.Equal(t, "invitation 123456", draft.Letter.Subject)
	assert.Empty(t, h.post.sent)
	input.Channel = support.MailSMTP
	sent, err := h.ShareLink(t.Context(), input)
	require.NoError(t, err)
	assert.Equal(t, support.MailSent, sent.Status)
	assert.Len(t, h.post.sent, 1)
}

func TestContactNamedByIDIsWhoTheCRMSays(t *testing.T) {
	h := newHouse(support.Rescue)
	maria := support.Customer{ID: "c1", Name: "Maria", Email: "maria@example.com"}
	h.crm.contacts = map[string]support.Customer{"c1": maria, "c2": {ID: "c2", Name: "Ana"}}
	share := func(id string, channel support.MailChannel) (activities.ShareResult, error) {
		input := activities.ShareInput{Channel: channel}
		input.Connection, input.Customer = acme, support.Customer{ID: id, Name: "Bob", Email: "bob@example.net"}
		return h.ShareLink(t.Context(), input)
	}
	result, err := share("c1", support.MailCRM)
	require.NoError(t, err)
	assert.Equal(t, maria, result.To)
	assert.Equal(t, maria, h.crm.mailings[0].To)
	_, err = share("c2", support.MailSMTP)
	assert.ErrorContains(t, err, "no e-mail address")
	_, err = share("c2", support.MailMailto)
	require.NoError(t, err, "a draft may lack the address")
	_, err = share("c3", support.MailSMTP)
	assert.ErrorContains(t, err, "not one of this record's")
	assert.Empty(t, h.post.sent)
	assert.Len(t, h.crm.mailings, 1)
}

func TestLetterHasItsPlaceholdersFilled(t *testing.T) {
	h := newHouse(support.TeamViewer)
	h.crm.letter = support.Letter{Subject: "{code} for {customer}", HTML: "<p>{customer}, {agent}: {link}</p>"}
	input := activities.ShareInput{TemplateID: "t1", Channel: support.MailCRM}
	input.Connection, input.Invitation = acme, support.Invitation{Code: "s1-234-567", CustomerLink: "https://get.example.com/s1"}
	input.Customer, input.Agent = support.Customer{Name: "Bob & Co"}, support.Agent{Name: "Dana Ruiz"}
	_, err := h.ShareLink(t.Context(), input)
	require.NoError(t, err)
	letter := h.crm.mailings[0].Letter
	assert.Equal(t, "s1-234-567 for Bob & Co", letter.Subject)
	assert.Equal(t, "<p>Bob &amp; Co, Dana Ruiz: https://get.example.com/s1</p>", letter.HTML)
	assert.Equal(t, []support.Customer{{Name: "Bob & Co"}}, h.vendor.named, "the vendor's report names whom the link went to")
}

func TestMailOnItsWayIsAskedForAgain(t *testing.T) {
	h := newHouse(support.Rescue)
	h.crm.mail = support.MailQueued
	_, err := h.FollowMail(t.Context(), activities.MailInput{Connection: acme})
	assert.Equal(t, support.Retry, support.AsError(err).Kind)
	h.crm.mail = support.MailFailed
	status, err := h.FollowMail(t.Context(), activities.MailInput{Connection: acme})
	require.NoError(t, err)
	assert.Equal(t, support.MailFailed, status)
}

func TestAlertsOfOneKindGoInOneLetter(t *testing.T) {
	h := newHouse(support.Rescue)
	trouble := func(subject, code string, since time.Duration) activities.Trouble {
		return activities.Trouble{Subject: subject, Session: true, Step: "file", Code: code, Since: now.Add(since)}
	}
	require.NoError(t, h.MailAlert(t.Context(), activities.MailAlertInput{Connection: acme, Key: "k", Troubles: []activities.Trouble{
		trouble("INC1", support.CodePermission, 0), trouble("INC2", support.CodePermission, -time.Hour), trouble("INC3", support.CodeMapping, 0),
	}, Recovered: []activities.Trouble{trouble("INC4", support.CodeMapping, 0)}}))
	require.Len(t, h.post.sent, 3)
	assert.Equal(t, support.Letter{Subject: "alert permission", Text: "08:00:00", HTML: "2"}, h.post.sent[0])
	assert.Equal(t, "recovered mapping", h.post.sent[2].Subject)
}

func TestConsentIsWarnedOfByMail(t *testing.T) {
	h := newHouse(support.Rescue)
	require.NoError(t, h.WarnOfConsent(t.Context(), activities.ConsentInput{Owner: acme, Subject: "oauth", Days: 7}))
	assert.Equal(t, "consent acme-sn7", h.post.sent[0].Subject)
}

func TestRecordGoneKeepsTheRow(t *testing.T) {
	h := newHouse(support.Rescue)
	h.crm.noteErr = notFound
	id, err := h.FileOutcome(t.Context(), activities.OutcomeInput{Connection: acme, Note: &support.Note{Marker: "m"}})
	require.NoError(t, err)
	assert.Equal(t, "row-1", id)
	h.crm.noteErr = down
	_, err = h.FileOutcome(t.Context(), activities.OutcomeInput{Connection: acme, Note: &support.Note{Marker: "m"}})
	assert.ErrorIs(t, err, down)
}

func TestReassignmentLeavesAnOwnerWhereItShould(t *testing.T) {
	leeAgent := support.Agent{ID: "u2"}
	for name, c := range map[string]struct {
		mode  support.ReassignMode
		owner string
		sso   string
		want  int
	}{
		"always":                {support.ReassignAlways, "u1", "lee@example.com", 1},
		"owned":                 {support.ReassignIfUnassigned, "u1", "lee@example.com", 0},
		"unassigned":            {support.ReassignIfUnassigned, "", "lee@example.com", 1},
		"technician not in CRM": {support.ReassignAlways, "", "nobody@example.com", 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(support.Rescue)
			h.crm.agents = map[string]support.Agent{"lee@example.com": leeAgent}
			h.crm.records = map[string]support.Record{incident.ID: {Owner: support.Agent{ID: c.owner}}}
			done, err := h.Reassign(t.Context(), activities.ReassignInput{Record: incident, Mode: c.mode, Technician: support.Technician{SSOID: c.sso}})
			require.NoError(t, err)
			assert.Equal(t, c.want == 1, done)
			assert.Len(t, h.crm.assigned, c.want)
		})
	}
}

func TestSwitchedOffRecordsAreRefused(t *testing.T) {
	h := newHouse(support.Rescue)
	h.crm.records = map[string]support.Record{incident.ID: {Number: "INC0010001"}}
	prepared, err := h.ReadRecord(t.Context(), incident)
	require.NoError(t, err)
	assert.Equal(t, incident, prepared.Record.Ref)
	settings := &h.Connections[acme].Settings
	settings.ButtonTypes = []string{"interaction"}
	_, err = h.ReadRecord(t.Context(), incident)
	assert.True(t, support.HasCode(err, support.CodeDisabled))
	settings.ButtonTypes, settings.Enabled = nil, false
	_, err = h.ReadRecord(t.Context(), incident)
	assert.True(t, support.HasCode(err, support.CodeDisabled))
}

func TestTechniciansIDIsLearnedOnce(t *testing.T) {
	h := newHouse(support.Rescue)
	h.vendor.found = support.Technician{ID: "7"}
	for range 2 {
		found, err := h.ResolveTechnician(t.Context(), activities.ResolveInput{Connection: acme})
		require.NoError(t, err)
		h.crm.settingOf = found
	}
	assert.Len(t, h.crm.learned, 1)
}

func TestRowThatWaitsIsOpenedAndRefusedOnlyWhileItWaits(t *testing.T) {
	h := newHouse(support.Rescue)
	input := activities.RequestInput{Connection: acme, RowID: "row-1"}
	h.crm.request = support.RowRequest{Record: support.RecordRef{Type: "incident", ID: incident.ID}, Waits: true}
	require.NoError(t, h.OpenRequest(t.Context(), input))
	assert.Equal(t, incident, h.dispatch.opened[0].Record)
	refusal := activities.RefuseInput{Connection: acme, RowID: "row-1", Code: support.CodeNoConsole}
	require.NoError(t, h.RefuseRequest(t.Context(), refusal))
	assert.Equal(t, []string{"row-1"}, h.crm.closed)
	assert.Equal(t, support.CodeNoConsole, h.crm.saved[0].ErrorCode)
	h.crm.request.Waits = false
	require.NoError(t, h.OpenRequest(t.Context(), input))
	require.NoError(t, h.RefuseRequest(t.Context(), refusal))
	assert.Len(t, h.dispatch.opened, 1)
	assert.Len(t, h.crm.saved, 1)
}

func TestSweepRequestsWhatWaits(t *testing.T) {
	h := newHouse(support.Rescue)
	h.crm.waiting = []support.RowRequest{{RowID: "a"}, {RowID: "b"}}
	n, err := h.SweepRequests(t.Context(), acme)
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	assert.Equal(t, []string{"a", "b"}, h.dispatch.requested)
}

func TestConsoleRecordGoesToTheTechniciansUser(t *testing.T) {
	h := newHouse(support.Rescue)
	h.crm.agents = map[string]support.Agent{"lee@example.com": {ID: "u2"}}
	_, err := h.CreateRecord(t.Context(), activities.CreateInput{Connection: acme, Technician: support.Technician{SSOID: "lee@example.com"}})
	require.NoError(t, err)
	assert.Equal(t, "u2", h.crm.created[0].Assignee.ID)
	assert.Equal(t, acme, h.crm.created[0].Connection)
}

func TestFailureTravelsWithKindCodeAndDelayButWithoutItsCause(t *testing.T) {
	secret := errors.New("password=hunter2")
	for _, failure := range []*support.Error{
		support.Retryable(support.CodeRateLimited, "slow down", time.Minute, secret), support.Stopped(support.CodeNotFound, "gone", secret),
		support.NeedsAttention(support.CodePermission, "no right", secret),
	} {
		var told *temporal.ApplicationError
		require.ErrorAs(t, activities.Failed(failure), &told)
		var detail activities.FailureDetail
		require.NoError(t, told.Details(&detail))
		assert.Equal(t, activities.FailureDetail{Kind: failure.Kind, Code: failure.Code, Message: failure.Message}, detail)
		assert.Equal(t, failure.Kind != support.Retry, told.NonRetryable())
		assert.Equal(t, failure.RetryAfter, told.NextRetryDelay())
		assert.NotContains(t, told.Error(), "hunter2")
	}
	assert.NoError(t, activities.Failed(nil))
}

// owners plays the workflows that own credentials.
type owners struct {
	gets, renewals []string
	err            error
}

func (o *owners) GetCredential(_ context.Context, _, _, subject string) (support.Credential, error) {
	o.gets = append(o.gets, subject)
	return support.Credential{Value: "first"}, o.err
}

func (o *owners) RenewCredential(_ context.Context, _, _, subject string, _ support.Credential) (support.Credential, error) {
	o.renewals = append(o.renewals, subject)
	return support.Credential{Value: "second"}, o.err
}

func TestKeeperRemembersUntilAValueIsRefused(t *testing.T) {
	played := &owners{}
	keeper := &activities.Keeper{Owner: acme, Connection: acme, ForCRM: true, Owners: func() activities.Owners { return played }}
	get := func() support.Secret {
		credential, err := keeper.Get(t.Context(), "oauth")
		require.NoError(t, err)
		return credential.Value
	}
	assert.Equal(t, []support.Secret{"first", "first"}, []support.Secret{get(), get()})
	assert.Equal(t, []string{"crm/oauth"}, played.gets)
	_, err := keeper.Renew(t.Context(), "oauth", support.Credential{Value: "first"})
	require.NoError(t, err)
	assert.Equal(t, support.Secret("second"), get())
	played.err = down
	_, err = keeper.Renew(t.Context(), "oauth", support.Credential{Value: "second"})
	require.ErrorIs(t, err, down)
	played.err = nil
	assert.Equal(t, support.Secret("first"), get(), "after a failure its owner is asked again")
}

// An alert of the company report said that a session called "company report" was waiting for a human.
func TestAlertOfWhatIsNoSessionCountsNone(t *testing.T) {
	h := newHouse(support.TeamViewer)
	trouble := func(subject string) activities.Trouble {
		return activities.Trouble{Subject: subject, Step: "read the vendor's report", Code: support.CodePermission, Since: now}
	}
	require.NoError(t, h.MailAlert(t.Context(), activities.MailAlertInput{Connection: acme, Key: "k", Troubles: []activities.Trouble{
		trouble("reconcile"), trouble("company report"),
	}}))
	require.Len(t, h.post.sent, 1)
	assert.Equal(t, support.Letter{Subject: "alert permission", Text: now.Format(time.TimeOnly), HTML: "0"}, h.post.sent[0])
}
