package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/support"
)

// Whom an invitation may go to: a contact of the record, by id and as the CRM knows them; or anybody, by an address that
// the agent typed. An id of somebody else's contact is neither.

const (
	strangerName  = "Theo Stranger"
	strangerEmail = "theo@elsewhere.example"
)

// refusesStranger demands that nobody else's contact is invited, and that nothing of them is told.
func (s *stage) refusesStranger(refused answer) {
	s.t.Helper()
	assert.Equal(s.t, http.StatusBadRequest, refused.Status, refused.Raw)
	assert.Equal(s.t, support.CodeInvalid, refused.Problem.Code)
	assert.Contains(s.t, refused.Raw, "not one of this record's")
	assert.NotContains(s.t, refused.Raw, strangerEmail)
	assert.NotContains(s.t, refused.Raw, strangerName)
}

// toldOnly demands that the mails to customers went to these addresses and to no others.
func (s *stage) toldOnly(addresses ...string) {
	s.t.Helper()
	for _, address := range addresses {
		s.mail(address)
	}
	for _, mail := range s.world.Mailbox.Mails() {
		known := false
		for _, address := range addresses {
			known = known || strings.Contains(mail.To, address)
		}
		assert.True(s.t, known, mail.To)
	}
}

func TestContactOfTheDynamicsRecordIsInvitedAndNobodyElses(t *testing.T) {
	t.Parallel()
	maria, jean := simdataverse.DemoContact, simdataverse.DemoOther
	for table, record := range map[string]struct {
		id      string
		own     map[string]string // contact id: address
		foreign []string          // besides the stranger
	}{
		"account":     {simdataverse.DemoAccount, map[string]string{maria: "maria.campbell@contoso.example", jean: "jean.dupont@contoso.example"}, nil},
		"opportunity": {simdataverse.DemoOpportunity, map[string]string{maria: "maria.campbell@contoso.example", jean: "jean.dupont@contoso.example"}, nil},
		"contact":     {simdataverse.DemoContact, map[string]string{maria: "maria.campbell@contoso.example"}, []string{jean}},
		"incident":    {simdataverse.DemoCase, map[string]string{maria: "maria.campbell@contoso.example"}, []string{jean}},
		"lead":        {simdataverse.DemoLead, nil, []string{maria, jean}},
	} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			s := playTeamViewer(t, "acme-tv-d365", map[string]string{"API_KEY": formsKey, "EMAIL_CUSTOMER": "false", "EMAIL_TECHNICIAN": "false"})
			stranger, err := s.world.Dataverse.Create("contact", map[string]any{"firstname": "Theo", "lastname": "Stranger", "emailaddress1": strangerEmail})
			require.NoError(t, err)
			f := s.form(table, record.id)
			s.pressOnForm(f.path, map[string]any{"agent": f.agent})
			addresses := []string{"ann@example.net"}
			for _, channel := range []support.MailChannel{support.MailCRM, support.MailSMTP, support.MailMailto} {
				share := func(to support.Customer) answer {
					body := map[string]any{"agent": f.agent, "to": to, "channel": channel}
					return s.send(http.MethodPost, f.path+"/session/share", body, "X-Api-Key", formsKey)
				}
				for _, forged := range append(record.foreign, stranger, simdataverse.DemoDana, "no id at all") {
					s.refusesStranger(share(support.Customer{ID: forged, Name: "Bob", Email: "bob@example.net"}))
					s.refusesStranger(share(support.Customer{ID: forged}))
				}
				for id, address := range record.own {
					told := s.shared(share(support.Customer{ID: strings.ToUpper(id), Name: "Bob", Email: "bob@example.net"}))
					assert.Equal(t, address, told.Email, "as the CRM knows them, whatever the request says")
					assert.NotEqual(t, "Bob", told.Name)
					addresses = append(addresses, address)
				}
				assert.Equal(t, "ann@example.net", s.shared(share(support.Customer{Name: "Ann", Email: "ann@example.net"})).Email)
			}
			s.toldOnly(addresses...)
		})
	}
}

// shared is whom an invitation went to.
func (s *stage) shared(done answer) support.Customer {
	s.t.Helper()
	require.Equal(s.t, http.StatusOK, done.Status, done.Raw)
	var told api.SharedAnswer
	decode(s.t, done.Raw, &told)
	return told.To
}

func TestContactBeyondThoseThatAreListedIsOneOfTheRecords(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-d365", map[string]string{"API_KEY": formsKey, "MAIL_CHANNEL": "crm", "EMAIL_CUSTOMER": "false"})
	last := ""
	for range 120 {
		id, err := s.world.Dataverse.Create("contact", map[string]any{"firstname": "Zoe", "lastname": "Zimmer", "emailaddress1": "zoe@contoso.example",
			"parentcustomerid_account@odata.bind": "/accounts(" + simdataverse.DemoAccount + ")"})
		require.NoError(t, err)
		last = id
	}
	f := s.form("account", simdataverse.DemoAccount)
	s.pressOnForm(f.path, map[string]any{"agent": f.agent})
	f.do("/share", map[string]any{"to": support.Customer{ID: last}})
	s.mail("zoe@contoso.example")
}

func TestContactWithoutAnAddressIsRefusedByName(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-d365", map[string]string{"API_KEY": formsKey})
	f := s.form("account", simdataverse.DemoAccount)
	s.pressOnForm(f.path, map[string]any{"agent": f.agent})
	body := map[string]any{"agent": f.agent, "to": support.Customer{ID: simdataverse.DemoNoMail}}
	refused := s.send(http.MethodPost, f.path+"/session/share", body, "X-Api-Key", formsKey)
	assert.Equal(t, support.CodeInvalid, refused.Problem.Code, refused.Raw)
	assert.Contains(t, refused.Raw, "no e-mail address")
}

func TestContactOfTheServiceNowRecordIsInvitedAndNobodyElses(t *testing.T) {
	t.Parallel()
	for table, customer := range map[string]string{"incident": "caller_id", "sn_customerservice_case": "contact"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			s := playTeamViewer(t, "acme-tv-sn", map[string]string{"EMAIL_CUSTOMER": "false", "EMAIL_TECHNICIAN": "false"})
			record := s.world.ServiceNow.List(table, "")[0]
			stranger, err := s.world.ServiceNow.Add("sys_user", map[string]string{"user_name": "theo", "name": strangerName, "email": strangerEmail})
			require.NoError(t, err)
			post := func(rest string, body map[string]any) answer {
				body["agent"] = s.agent("dana")
				return s.call(http.MethodPost, "acme-tv-sn", table, record["sys_id"], rest, body)
			}
			require.Less(t, post("/session", map[string]any{}).Status, 300)
			for _, forged := range []string{stranger, s.agent("dana")["id"], "no id at all"} {
				s.refusesStranger(post("/session/share", map[string]any{"to": support.Customer{ID: forged, Email: "bob@example.net"}}))
			}
			told := s.shared(post("/session/share", map[string]any{"to": support.Customer{ID: record[customer], Email: "bob@example.net"}}))
			assert.NotEqual(t, "bob@example.net", told.Email)
			s.toldOnly(told.Email)
		})
	}
}
