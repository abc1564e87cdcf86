package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
)

// selfSigned makes a certificate with its key, valid for some days and for the hosts, if any.
func selfSigned(t *testing.T, days int, hosts ...string) (certificate, key string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Lifeline"}, DNSNames: hosts,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, days)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}

func TestDynamicsTakesACertificateInsteadOfASecret(t *testing.T) {
	t.Parallel()
	certificate, key := selfSigned(t, 300)
	s := playDynamics(t, map[string]string{d365 + "DYNAMICS_CLIENT_SECRET": "", d365 + "DYNAMICS_CERTIFICATE": certificate + key})
	_, err := s.doctor(s.env, false)
	require.Error(t, err, "the app does not know the certificate")
	s.world.Dataverse.AddApp(simdataverse.App{ID: sandbox.AppID, CertificatePEM: certificate})
	s.settle(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
	printed, err := s.doctor(s.env, false)
	require.NoError(t, err, printed)
	assert.Contains(t, printed, "the certificate is valid until")
	assert.NotContains(t, s.log.String(), "PRIVATE KEY")
}

func TestDynamicsIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	r := s.record()
	s.world.Dataverse.Inject(simdataverse.Fault{Kind: simdataverse.Throttle429Count, Method: http.MethodPatch, Path: "lifeline_sessions", RetryAfter: 3})
	s.invited(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
	var writes []sent
	s.eventually(func() bool { writes = r.sent(http.MethodPatch, "/lifeline_sessions"); return len(writes) > 1 }, "both writes")
	assert.Equal(t, http.StatusTooManyRequests, writes[0].Status)
	assert.GreaterOrEqual(t, writes[1].At.Sub(writes[0].At), 3*time.Second, "not asked again before the time is over")
	assert.Less(t, writes[1].Status, 300)
}

func TestDoctorNamesTheMissingApplicationUser(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	const stranger = "5a4d0000-0000-4000-8000-0000000000ff"
	s.world.Dataverse.AddApp(simdataverse.App{ID: stranger, Secret: "secret-of-a-stranger", Outside: true})
	printed, err := s.doctor(merge(s.env, map[string]string{d365 + "DYNAMICS_CLIENT_ID": stranger, d365 + "DYNAMICS_CLIENT_SECRET": "secret-of-a-stranger"}), false)
	require.ErrorIs(t, err, errFaults)
	assert.Contains(t, printed, "application user")
	assert.NotContains(t, printed, "secret-of-a-stranger")
}

func TestDoctorNamesTheWrongSetting(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	for setting, want := range map[string]struct{ value, says string }{
		"RESCUE_COMPANY_ID":        {"9999999", "does not know the company id"},
		"DYNAMICS_TENANT_ID":       {"00000000-0000-4000-8000-0000000000ad", "check DYNAMICS_TENANT_ID"},
		"DYNAMICS_ORG_URL":         {"http://127.0.0.1:9", "check DYNAMICS_ORG_URL"},
		"DYNAMICS_CLIENT_SECRET":   {"another-secret", "the client secret is wrong"},
		"DYNAMICS_ORGANIZATION_ID": {"00000000-0000-4000-8000-0000000000ef", "another environment's"},
	} {
		printed, err := s.doctor(merge(s.env, map[string]string{d365 + setting: want.value}), false)
		require.ErrorIs(t, err, errFaults, setting)
		assert.Contains(t, printed, want.says, setting)
	}
}

func TestDoctorAndConnectAreContentWithTheSandbox(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, nil)
	noFindings(t, s.connect())
	printed, err := s.doctor(s.env, false)
	require.NoError(t, err, printed)
	assert.Contains(t, printed, "session key: active")
	assert.Contains(t, printed, "webhook: calls "+s.env["LIFELINE_PUBLIC_URL"]+"/hooks/dynamics/acme-d365")
}

// The writer is the agent where the connection says so, and the application stands behind it (dynamics.md 1.2).
func TestImpersonationIsShownInDynamics(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"none", "objectid", "systemuser"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := playDynamics(t, map[string]string{d365 + "DYNAMICS_IMPERSONATE": how, d365 + "API_KEY": apiKey})
			s.pressUntilOpen("incident", simdataverse.DemoCase, simdataverse.DemoDana)
			var rows []simdataverse.Row
			s.eventually(func() bool { rows = s.sessionRows(simdataverse.DemoCase); return len(rows) == 1 }, "the row")
			s.settle(rows[0].Text("lifeline_sessionid"))
			app, written := s.world.Dataverse.ApplicationUser(sandbox.AppID), append(rows, s.annotations(simdataverse.DemoCase)...)
			require.Len(t, written, 2, "the row and the note")
			for _, one := range written {
				if how == "none" {
					assert.Equal(t, app, one.Text("_createdby_value"))
					assert.Empty(t, one.Text("_createdonbehalfby_value"))
					continue
				}
				assert.Equal(t, simdataverse.DemoDana, one.Text("_createdby_value"))
				assert.Equal(t, app, one.Text("_createdonbehalfby_value"))
			}
		})
	}
}

const apiKey = "an-api-key-of-the-case-form"

// pressUntilOpen presses as an agent does who is asked to try again: Rescue gives one PIN a second.
func (s *stage) pressUntilOpen(table, id, agent string) {
	s.t.Helper()
	opens := func() bool { return s.pressAPI(table, id, agent).Status < http.StatusMultipleChoices }
	assert.Eventually(s.t, opens, patience, 50*time.Millisecond, table)
}

// pressAPI presses the button over the HTTP API.
func (s *stage) pressAPI(table, id, agent string) answer {
	s.t.Helper()
	return s.pressAPIOf("acme-d365", table, id, agent)
}

func (s *stage) pressAPIOf(connection, table, id, agent string) answer {
	s.t.Helper()
	row, found := s.world.Dataverse.Get("systemuser", agent)
	require.True(s.t, found)
	body := map[string]any{"agent": map[string]string{"id": agent, "name": row.Text("fullname"), "email": row.Text("internalemailaddress")}}
	return s.send(http.MethodPost, "/v1/connections/"+connection+"/records/"+table+"/"+id+"/session", body, "X-Api-Key", apiKey)
}

// What a session asks of Dynamics, for an agent whose user setting is there already. Calls that wait for each other's
// answers gain nothing by $batch, and the others are made side by side (docs/design.md 10).
func TestSessionAsksLittleOfDynamics(t *testing.T) {
	t.Parallel()
	s := playDynamics(t, sweepNever)
	s.settle(s.pressRow(simdataverse.DemoDana, simdataverse.DemoCase))
	r := s.record()
	s.settle(s.pressRow(simdataverse.DemoDana, simdataverse.DemoAccountCase))
	var calls []string
	for _, one := range r.sent("", "/api/data/v9.2/") {
		table, _, _ := strings.Cut(strings.TrimPrefix(one.Path, "/api/data/v9.2/"), "(")
		calls = append(calls, one.Method+" "+table)
	}
	assert.LessOrEqual(t, len(calls), 18, calls)
}
