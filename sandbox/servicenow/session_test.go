package servicenow

import (
	"context"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func cookie(t *testing.T, a answered) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == sessionCookie {
			return c
		}
	}
	t.Fatal("no session cookie")
	return nil
}

func TestBasicIsForMachinesAndThoseWhoHoldTheRole(t *testing.T) {
	b := open(t)
	get := func(user, password string) int {
		request := b.request("GET", b.incident(), nil)
		request.SetBasicAuth(user, password)
		return b.do(request).status
	}
	require.Equal(t, 200, get("lifeline", "pw"))
	require.Equal(t, 401, get("lifeline", "no"))
	require.Equal(t, 401, get("dana", "demo"))
	b.SetRole("dana", basicRole, true)
	require.Equal(t, 200, get("dana", "demo"))
}

func TestASessionIsLoggedInByTheCallThatBringsAToken(t *testing.T) {
	b := open(t)
	anonymous := b.request("POST", "/angular.do?sysparm_type=get_user", "")
	anonymous.Header.Del("Authorization")
	session := cookie(t, b.do(anonymous))
	get := func(authorization string) int {
		request := b.request("GET", b.incident(), nil)
		request.Header.Del("Authorization")
		if authorization != "" {
			request.Header.Set("Authorization", authorization)
		}
		request.AddCookie(session)
		return b.do(request).status
	}
	require.Equal(t, 401, get(""))
	require.Equal(t, 200, get("Bearer "+b.token))
	require.Equal(t, 200, get(""), "the session is enough now")
	require.Equal(t, 401, get("Bearer wrong"), "a bad token is not saved by the cookie")
}

func TestPeopleLogInByFormAndMachinesCannot(t *testing.T) {
	b := open(t)
	b.token = ""
	login := func(form string) string { return b.call("POST", "/angular.do?sysparm_type=view_form.login", form).body }
	require.Contains(t, login("user_name=dana&user_password=demo"), `"status":"success"`)
	require.Contains(t, login("user_name=dana&user_password=no"), `"status":"error"`)
	require.Contains(t, login("user_name=lifeline&user_password=pw"), `"status":"error"`)
}

func TestTooManyCallsOnOneSessionAreDropped(t *testing.T) {
	b := open(t)
	session := cookie(t, b.call("GET", b.incident(), nil))
	withSession := func(ctx context.Context) *http.Request {
		request := b.request("GET", b.incident(), nil).WithContext(ctx)
		request.AddCookie(session)
		return request
	}
	b.AddFault(Fault{Kind: Slow, Delay: time.Hour})
	ctx, release := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		_, err := http.DefaultClient.Do(withSession(ctx))
		assert.ErrorIs(t, err, context.Canceled)
	})
	queued := func(want int) {
		t.Helper()
		require.Eventually(t, func() bool { return b.sessions.waiting(session.Value) == want }, 5*time.Second, time.Millisecond)
	}
	queued(1)
	for range maxQueued {
		group.Go(func() { assert.Equal(t, 200, b.do(withSession(t.Context())).status) })
	}
	queued(maxQueued + 1)
	require.Equal(t, 202, b.do(withSession(t.Context())).status)
	release()
	group.Wait()
}

// waiting counts the calls that run or wait on a session.
func (st *sessionStore) waiting(id string) int {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.byID[id].waiting
}

func TestAnApplicationIsUploadedAndFollowed(t *testing.T) {
	b := open(t)
	var body strings.Builder
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("attachFile", "app.zip")
	require.NoError(t, err)
	_, err = part.Write([]byte("zip"))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	send := func() answered {
		request := b.request("POST", uploadPath+"?sysparm_fluent_scope_name=x_lfln_lifeline&sysparm_fluent_app_version=1.0.0", body.String())
		request.Header.Set("Content-Type", form.FormDataContentType())
		return b.do(request)
	}
	require.Equal(t, 403, send().status)
	b.SetRole("lifeline", "admin", true)
	a := send()
	require.Equal(t, 200, a.status)
	tracker := strings.Split(a.body, `"executionTracker":"`)[1][:32]
	require.Contains(t, b.call("GET", "/api/sn_cicd/progress/"+tracker, nil).body, `"status_label":"Successful"`)
	require.Equal(t, 404, b.call("GET", "/api/sn_cicd/progress/none", nil).status)
	require.Len(t, b.find("sys_scope", "scope=x_lfln_lifeline").rows(t), 1)
	require.Len(t, b.find("sys_upgrade_history", "to_version=x_lfln_lifeline^ORDERBYDESCupgrade_started").rows(t), 1)
}
