package dynamics

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const (
	keysRoute  = "GET EntityDefinitions(LogicalName='lifeline_session')/Keys"
	reactivate = "POST ReactivateEntityKey"
	jobID      = "10b0a000-0000-4000-8000-00000000000a"
	jobRead    = "GET asyncoperations(" + jobID + ")"
	jobDelete  = "DELETE asyncoperations(" + jobID + ")"
)

func aKey(status, job string) string {
	return `{"LogicalName":"lifeline_sessionkeykey","KeyAttributes":["lifeline_sessionkey"],"EntityKeyIndexStatus":"` + status + `","AsyncJob":` + job + `}`
}

func TestTheKeysStatusIsRead(t *testing.T) {
	for status, want := range map[string]string{"Active": "active", "Pending": "pending", "InProgress": "pending", "Failed": "failed"} {
		e := newEnvironment(t).on(keysRoute, rows(`{"KeyAttributes":["other"],"EntityKeyIndexStatus":"Failed"}`, aKey(status, "null")))
		found, err := e.crm().SessionKeyStatus(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, found)
		assert.Equal(t, "Strong", e.only(keysRoute).header.Get("Consistency"))
	}
}

func TestAMissingKeyOrTableSaysWhatMakesIt(t *testing.T) {
	for _, answer := range []reply{rows(), refusal(404, "0x80060888", "")} {
		_, err := newEnvironment(t).on(keysRoute, answer).crm().SessionKeyStatus(t.Context())
		failure := requireFailure(t, err, support.Attention, support.CodeConfiguration)
		assert.Contains(t, failure.Message, "run `lifeline connect`")
	}
}

func TestAFailedKeysJobGoesBeforeTheKeyIsReactivated(t *testing.T) {
	for _, job := range []string{`"` + jobID + `"`, `{"Id":"` + jobID + `"}`} {
		e := newEnvironment(t).on(keysRoute, rows(aKey("Failed", job))).on(jobRead, ok(`{"statuscode":31}`)).on(jobDelete, done()).on(reactivate, done())
		require.NoError(t, e.crm().RepairSessionKey(t.Context()))
		assert.Len(t, e.sent(jobDelete), 1)
		assert.Equal(t, map[string]any{"EntityLogicalName": "lifeline_session", "EntityKeyLogicalName": "lifeline_sessionkeykey"}, e.only(reactivate).body)
	}
}

func TestAKeyThatIsActiveOrBeingBuiltIsLeftAlone(t *testing.T) {
	active := newEnvironment(t).on(keysRoute, rows(aKey("Active", "null")))
	require.NoError(t, active.crm().RepairSessionKey(t.Context()))
	pending := newEnvironment(t).on(keysRoute, rows(aKey("Pending", `"`+jobID+`"`))).on(jobRead, ok(`{"statuscode":20}`))
	require.NoError(t, pending.crm().RepairSessionKey(t.Context()))
	gone := newEnvironment(t).on(keysRoute, rows(aKey("Failed", `"`+jobID+`"`))).on(jobRead, refusal(404, "", "")).on(reactivate, refusal(400, codeOnlyFailedKeys, ""))
	require.NoError(t, gone.crm().RepairSessionKey(t.Context()))
}
