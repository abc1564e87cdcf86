package servicenow

import (
	"mime"
	"net/http"
	"net/url"
)

// uploadPath takes packed applications (servicenow.md 6.7).
const uploadPath = "/sn_appclient_upload_processor.do"

// angular serves /angular.do, which the official CLI calls first: as a login form, or to ask who it is, which a guest
// may, too. What counts is the session cookie of the answer; the CLI logs that session in with its next call.
func (s *Sim) angular(c *call) reply {
	user, ok := s.authenticate(c)
	if c.query.Get("sysparm_type") == "view_form.login" {
		if user, ok = s.loginForm(c); !ok {
			return jsonReply(http.StatusOK, map[string]string{"status": "error", "message": "User name or password invalid"})
		}
	}
	if !ok {
		return jsonReply(http.StatusOK, map[string]string{"status": "success", "user_name": "guest"})
	}
	c.by = actor{s.accounts[user].id, user}
	return jsonReply(http.StatusOK, map[string]string{"status": "success", "user_name": user, "user_sys_id": c.by.id})
}

// loginForm logs a person in; machine users have no login (servicenow.md 2.5).
func (s *Sim) loginForm(c *call) (string, bool) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return "", false
	}
	user := form.Get("user_name")
	return user, s.mayLogIn(user, form.Get("user_password")) && s.userRow(user)["web_service_access_only"] != "true"
}

// upload accepts a packed application, notes it as installed, and answers with the tracker to follow.
func (s *Sim) upload(c *call) reply {
	kind, _, _ := mime.ParseMediaType(c.header.Get("Content-Type"))
	if c.method != http.MethodPost || kind != "multipart/form-data" {
		return wrongMethod(c)
	}
	if !s.hasRole(c.by.name, "admin") {
		return failed(notAuthorized())
	}
	now := s.now().Format(timeLayout)
	scope := c.query.Get("sysparm_fluent_scope_name")
	if len(s.db.where("sys_scope", Row{"scope": scope})) == 0 {
		s.db.add(s.db.tables["sys_scope"], Row{"name": scope, "scope": scope,
			"version": c.query.Get("sysparm_fluent_app_version"), "sys_class_name": "sys_app"}, c.by.name)
	}
	s.db.add(s.db.tables["sys_upgrade_history"], Row{"to_version": scope, "upgrade_started": now, "upgrade_finished": now}, c.by.name)
	tracker := newID()
	s.uploads[tracker] = true
	return jsonReply(http.StatusOK, map[string]string{"executionTracker": tracker, "rollbackContext": newID()})
}

// progress serves /api/sn_cicd/progress/{tracker}. Installations finish at once.
func (s *Sim) progress(c *call) reply {
	if !s.uploads[c.segment(2)] {
		return failed(noRecord())
	}
	return result(http.StatusOK, map[string]any{"status": "2", "status_label": "Successful", "status_message": "", "percent_complete": 100, "error": ""})
}
