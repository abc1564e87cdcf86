package dynamics

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const statePath = "GET incidents(" + caseID + ")"

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	e := newEnvironment(t).on(statePath, reply{status: 401}, ok(`{"statecode":1}`))
	require.NoError(t, e.crm().Reassign(t.Context(), theCase, theUser))
	assert.Equal(t, 2, e.tokens)
}

func TestATokenRefusedTwiceNeedsAttention(t *testing.T) {
	e := newEnvironment(t).on(statePath, reply{status: 401})
	requireFailure(t, e.crm().Reassign(t.Context(), theCase, theUser), support.Attention, support.CodeCredentialDead)
	assert.Len(t, e.calls, 2)
	assert.Equal(t, 2, e.tokens)
}

func TestEveryRequestSpeaksODataFour(t *testing.T) {
	e := newEnvironment(t).on(statePath, ok(`{"statecode":1}`))
	require.NoError(t, e.crm().Reassign(t.Context(), theCase, theUser))
	header := e.only(statePath).header
	assert.Equal(t, "Bearer "+accessToken, header.Get("Authorization"))
	assert.Equal(t, "4.0", header.Get("OData-Version"))
	assert.Equal(t, "4.0", header.Get("OData-MaxVersion"))
	assert.Empty(t, header.Get("Cookie"))
	assert.Empty(t, header.Get("If-None-Match"))
}

func TestAFullHouseIsAPassingFailure(t *testing.T) {
	c := newEnvironment(t).crm(func(c *Config) { c.Concurrency = 1 })
	_, err := c.seats.Take(t.Context(), c.client)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	requireFailure(t, c.Reassign(ctx, theCase, theUser), support.Retry, support.CodeUnreachable)
}

func TestIdsFromOutsideNeverBecomeAddresses(t *testing.T) {
	c := newEnvironment(t).crm()
	evil := support.RecordRef{Type: "incident", ID: caseID + ")/x("}
	_, err := c.ReadRecord(t.Context(), evil)
	requireFailure(t, err, support.Stop, support.CodeInvalid)
	requireFailure(t, c.CloseRow(t.Context(), "../systemusers", support.Filed), support.Stop, support.CodeInvalid)
	_, err = c.ReadRecord(t.Context(), support.RecordRef{Type: "systemuser", ID: caseID})
	requireFailure(t, err, support.Stop, support.CodeNotSupported)
}

func TestImpersonationNamesTheAgent(t *testing.T) {
	saved := ok(`{"lifeline_sessionid":"` + rowID + `","statecode":0,"statuscode":100000001}`)
	row := support.SessionRow{RowID: rowID, Key: "s-1", Vendor: support.Rescue, State: support.Invited, Agent: theUser}
	for mode, want := range map[string]string{"none": "", "systemuser": userID, "objectid": otherID} {
		e := newEnvironment(t).on("PATCH lifeline_sessions("+rowID+")", saved).
			on("GET systemusers("+userID+")", ok(`{"azureactivedirectoryobjectid":"`+otherID+`"}`))
		c := e.crm(func(c *Config) { c.Impersonate, c.Concurrency = mode, 1 })
		for range 2 {
			_, err := c.SaveRow(t.Context(), row)
			require.NoError(t, err)
		}
		header := e.sent("PATCH lifeline_sessions(" + rowID + ")")[1].header
		assert.Equal(t, want, header.Get("MSCRMCallerID")+header.Get("CallerObjectId"), mode)
		assert.LessOrEqual(t, len(e.sent("GET systemusers("+userID+")")), 1, "the object id is looked up once")
	}
}

func TestAgentIsCheckedBeforeTheyBecomePartOfAnAddress(t *testing.T) {
	note := support.Note{Record: theCase, Marker: "s-1:end", Text: "done", Agent: support.Agent{ID: "x)/../contacts(" + otherID}}
	for _, mode := range []string{"objectid", "systemuser"} {
		e := newEnvironment(t)
		err := e.crm(func(c *Config) { c.Impersonate = mode }).AddNote(t.Context(), note)
		requireFailure(t, err, support.Stop, support.CodeInvalid)
		assert.Empty(t, e.calls)
	}
}

func TestPagesAreFollowedOnlyInTheSamePlace(t *testing.T) {
	e := newEnvironment(t)
	c := e.crm()
	for _, link := range []string{
		"https://elsewhere.example.com/api/data/v9.2/systemusers?x=1", e.server.URL + "/other/systemusers",
		e.server.URL + "/api/data/v9.2/../../x", strings.Replace(e.server.URL, "http://", "http://user@", 1) + "/api/data/v9.2/x", "::",
	} {
		assert.False(t, c.samePlace(link), link)
		e.on("GET systemusers", ok(`{"value":[],"@odata.nextLink":"`+link+`"}`))
		_, err := c.Agents(t.Context())
		requireFailure(t, err, support.Retry, support.CodeProtocol)
	}
}

func TestPagesAreBounded(t *testing.T) {
	e := newEnvironment(t)
	e.on("GET templates", ok(`{"value":[],"@odata.nextLink":"`+e.server.URL+`/api/data/v9.2/templates?$skiptoken=x"}`))
	_, err := e.crm().Templates(t.Context(), theCase)
	require.NoError(t, err)
	assert.Len(t, e.calls, maxPages)
	assert.Equal(t, "odata.maxpagesize=100", e.calls[1].header.Get("Prefer"))
	assert.Equal(t, "x", e.calls[1].query["$skiptoken"])
}

func TestCollectionsWithoutAValueAreNotEmpty(t *testing.T) {
	for _, body := range []string{`{}`, `{"x":1}`, `{"value":null}`, `[]`, `null`} {
		_, err := newEnvironment(t).on("GET systemusers", ok(body)).crm().Agents(t.Context())
		requireFailure(t, err, support.Retry, support.CodeProtocol)
	}
}

func TestLiteralsAreQuoted(t *testing.T) {
	e := newEnvironment(t).on("GET incidents", rows())
	_, err := e.crm().FindRecord(t.Context(), "acme-d365", "O'Brien + 1")
	requireFailure(t, err, support.Stop, support.CodeNotFound)
	assert.Equal(t, "ticketnumber eq 'O''Brien + 1'", e.only("GET incidents").query["$filter"])
	assert.Equal(t, http.MethodGet, e.calls[0].method)
}
