package teamviewer_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sim "example.com/lifeline/sandbox/teamviewer"
)

// The forms of a property: what JSON makes of a Go value, or one of these words.
const (
	moment = "moment" // 2026-03-01T14:05:00Z
	object = "object"
	list   = "list"
)

// properties of each answer as the vendor describes them (teamviewer.md 1.4, 1.6, 1.7, 2.2 to 2.4, 3.3, 3.6, 4). The first
// of a name's two are those that every such answer has.
var properties = map[string][2]map[string]any{
	"token": {{"access_token": "", "token_type": "", "expires_in": 0.0, "refresh_token": ""}, nil},
	"error": {{"error": "", "error_description": "", "error_code": 0.0, "error_signature": ""}, nil},
	"ping":  {{"token_valid": true}, nil},
	"account": {{"userid": "", "email": "", "name": "", "company_name": "", "license": object, "available_licenses": list, "email_validated": true,
		"email_language": "", "custom_field_has_paid_license": ""}, {"profilepicture_url": ""}},
	"session": {{"code": "", "state": "", "groupid": "", "created_at": moment, "valid_until": moment, "end_customer_link": "", "supporter_link": "",
		"webclient_supporter_link": "", "support_session_type": ""}, {"online": true, "end_customer": object, "description": "", "waiting_message": "",
		"assigned_userid": "", "assigned_at": moment, "custom_api": "", "closed_at": moment, "tv_version": "", "customId": "", "custom_module_id": ""}},
	"sessions": {{"sessions": list}, {"next_offset": "", "sessions_remaining": 0.0}},
	"reports":  {{"records": list}, {"next_offset": "", "records_remaining": 0.0}},
	"report": {{"id": "", "userid": "", "username": "", "deviceid": "", "devicename": "", "support_session_type": 0.0, "start_date": moment,
		"end_date": moment, "fee": 0.0, "currency": "", "billing_state": ""}, {"groupid": "", "groupname": "", "notes": "", "contact_id": "", "session_code": "",
		"session_created_at": moment, "valid_until": moment, "assigned_userid": "", "assigned_at": moment, "session_note": "", "custom_api": "",
		"end_customer": object, "feedback": object}},
	"devices": {{"records": list}, {"next_offset": ""}},
	"device":  {{"Id": "", "originid": 0.0, "userid": "", "username": "", "targetid": 0.0, "targetname": "", "start_date": moment, "end_date": moment}, nil},
	"group":   {{"id": "", "name": "", "permissions": "", "owner": object}, {"shared_with": list, "policy_id": ""}},
	"user": {{"id": "", "name": "", "email": "", "active": true, "online_state": "", "log_sessions": true, "show_comment_window": true,
		"activated_license_name": "", "tfa_enabled": true}, {"permissions": "", "last_access_date": moment, "userRoleId": "", "custom_quicksupport_id": ""}},
}

// keepsTo checks an answer against the properties of its kind.
func (b *bench) keepsTo(kind string, answer map[string]any) {
	b.Helper()
	wanted := properties[kind]
	known := maps.Clone(wanted[0])
	maps.Copy(known, wanted[1])
	for name := range wanted[0] {
		assert.Contains(b, answer, name, kind)
	}
	for name, value := range answer {
		assert.Contains(b, known, name, kind)
		assert.True(b, isOf(known[name], value), "%s.%s is %v", kind, name, value)
	}
}

func isOf(form, value any) bool {
	switch form {
	case object:
		_, is := value.(map[string]any)
		return is
	case list:
		_, is := value.([]any)
		return is
	case moment:
		text, _ := value.(string)
		_, err := time.Parse("2006-01-02T15:04:05Z", text)
		return err == nil
	}
	switch value.(type) {
	case string:
		_, is := form.(string)
		return is
	case float64:
		_, is := form.(float64)
		return is
	case bool:
		_, is := form.(bool)
		return is
	}
	return false
}

func TestAnswersKeepToTheVendorsNamesAndForms(t *testing.T) {
	b := newBench(t, withoutDelay, func(o *sim.Options) { o.Feedback = true })
	get := func(path string) answered { return b.call("GET", path, "") }
	b.keepsTo("session", b.call("POST", "/sessions", `{"groupname":"Dynamics"}`).object(t))
	code := b.supported()
	require.NoError(t, b.CloseInConsole(code))
	b.session()
	b.keepsTo("session", get("/sessions/"+code).object(t))
	for _, query := range []string{"?state=open,closed&full_list=true", "?full_list=true&state=closed"} {
		page := get("/sessions" + query)
		b.keepsTo("sessions", page.object(t))
		for _, session := range page.list(t, "sessions") {
			b.keepsTo("session", session)
		}
	}
	b.AddReports(5)
	b.Configure(func(s *sim.Settings) { s.PageSize = 2 })
	b.keepsTo("sessions", get("/sessions?state=open,closed").object(t))
	reports := get("/reports/connections")
	b.keepsTo("reports", reports.object(t))
	for _, report := range slices.Concat(reports.list(t, "records"), b.as(companyToken).reports("?has_code=false")) {
		b.keepsTo("report", report)
		b.keepsTo("report", b.as(companyToken).call("GET", "/reports/connections/"+report["id"].(string), "").object(t))
	}
	b.keepsTo("account", get("/account").object(t))
	b.keepsTo("ping", get("/ping").object(t))
	b.keepsTo("user", get("/users/u11223344").object(t))
	b.keepsTo("group", get("/groups/"+b.Groups()[0].ID).object(t))
	b.AddDeviceReport(sim.DeviceReport{OriginID: 1, UserID: "u11223344", Username: "Li Wei", TargetID: 2, TargetName: "PC", StartDate: start, EndDate: start})
	devices := get("/reports/devices")
	b.keepsTo("devices", devices.object(t))
	b.keepsTo("device", devices.list(t, "records")[0])
	for _, refused := range []answered{get("/sessions/s0"), get("/nowhere"), b.as("bad").call("GET", "/account", ""), b.call("POST", "/sessions", `{}`)} {
		b.keepsTo("error", refused.object(t))
	}
	_, refresh, err := b.Grant(clientID, "li@example.com")
	require.NoError(t, err)
	token := b.form("/api/v1/oauth2/token", "grant_type", "refresh_token", "refresh_token", refresh, "client_id", clientID, "client_secret", clientSecret)
	b.keepsTo("token", token.object(t))
}
