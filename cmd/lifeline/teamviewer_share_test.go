package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/sandbox/mailbox"
	"example.com/lifeline/support"
)

const formsKey = "an-api-key-of-the-forms"

// form is a record's form in Dynamics, whose buttons Dana presses.
type form struct {
	*stage
	path  string
	agent map[string]string
}

func (s *stage) form(table, id string) form {
	return form{s, "/v1/connections/acme-tv-d365/records/" + table + "/" + id, map[string]string{"id": simdataverse.DemoDana, "name": "Dana Whitfield"}}
}

// do presses a button with what the agent chose.
func (f form) do(button string, chosen map[string]any) answer {
	f.t.Helper()
	body := map[string]any{"agent": f.agent}
	for name, value := range chosen {
		body[name] = value
	}
	done := f.send(http.MethodPost, f.path+"/session"+button, body, "X-Api-Key", formsKey)
	require.Less(f.t, done.Status, 300, done.Raw)
	return done
}

// template is the first of the CRM's own.
func (f form) template() string {
	f.t.Helper()
	var list struct {
		Templates []support.Template `json:"templates"`
	}
	decode(f.t, f.send(http.MethodGet, f.path+"/templates", nil, "X-Api-Key", formsKey).Raw, &list)
	require.Greater(f.t, len(list.Templates), 1)
	return list.Templates[1].ID
}

// The help page's own way: a template of the CRM, opened in the agent's mail program. The draft was empty.
func TestDraftOfADynamicsTemplateHasTheLink(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-d365", map[string]string{"API_KEY": formsKey})
	f := s.form("incident", simdataverse.DemoCase)
	opened := s.pressOnForm(f.path, map[string]any{"agent": f.agent})
	to := support.Customer{Name: "Bob <Builder>", Email: "bob@example.net"}
	var shared api.SharedAnswer
	decode(t, f.do("/share", map[string]any{"to": to, "templateId": f.template(), "channel": "mailto"}).Raw, &shared)
	draft, err := url.Parse(shared.Mailto)
	require.NoError(t, err)
	assert.Contains(t, draft.Query().Get("body"), "Dear Bob <Builder>,\r\n")
	assert.Contains(t, draft.Query().Get("body"), opened.CustomerLink)
}

func TestRenewedLinkGoesOutByTheCRMAsTheFirstDid(t *testing.T) {
	t.Parallel()
	s := playTeamViewer(t, "acme-tv-d365", map[string]string{"API_KEY": formsKey, "MAIL_CHANNEL": "crm", "EMAIL_CUSTOMER": "false"})
	f := s.form("incident", simdataverse.DemoCase)
	s.pressOnForm(f.path, map[string]any{"agent": f.agent})
	to := support.Customer{Name: "Bob", Email: "bob@example.net"}
	f.do("/share", map[string]any{"to": to, "templateId": f.template()})
	s.mail(to.Email)
	renewed := f.do("/renew", nil)
	ctx, cancel := timeout(t)
	defer cancel()
	_, err := s.world.Mailbox.Wait(ctx, func(m mailbox.Mail) bool {
		return strings.Contains(m.HTML, "Dear Bob") && strings.Contains(m.HTML, renewed.CustomerLink)
	})
	require.NoError(t, err)
	emails, err := s.world.Dataverse.List("email", "")
	require.NoError(t, err)
	assert.Len(t, emails, 2)
}
