package dynamics

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

func TestCodesAreTheSameInHexAndDecimal(t *testing.T) {
	for raw, want := range map[string]string{
		`"0x80060892"`: "0x80060892", `"0X80060892"`: "0x80060892", `"-2147088238"`: "0x80060892", `-2147088238`: "0x80060892",
		`"-2147015902"`: "0x80072322", `""`: "", `"0"`: "", `"0xzz"`: "", `"99999999999"`: "", `null`: "",
	} {
		assert.Equal(t, want, normalise(raw), raw)
	}
}

func TestErrorsAreReadInEveryShape(t *testing.T) {
	for body, want := range map[string]apiError{
		`{"error":{"code":"0x80040220","message":"no"}}`:         {status: 400, code: "0x80040220", message: "no"},
		`{"error":{"code":"","message":"Does Not Exist"}}`:       {status: 400, message: "Does Not Exist"},
		`{"Message":"top level"}`:                                {status: 400, message: "top level"},
		`{"message":"top level","ErrorCode":-2147088238}`:        {status: 400, code: "0x80060892", message: "top level"},
		`{"error":{"message":"see https://x.example.com/?t=1"}}`: {status: 400, message: "see [link]"},
		`not json`: {status: 400},
		``:         {status: 400},
		`{"error":{"code":"0x80040203","message":"The key in the request URI is not valid for resource 'x'"}}`: {status: 400, code: codeKeyNotDefined, message: "The key in the request URI is not valid for resource 'x'"},
	} {
		assert.Equal(t, want, *decodeError(400, []byte(body)), body)
	}
}

func TestTheThreeMeaningsOf412AreToldApart(t *testing.T) {
	for code, duplicate := range map[string]bool{"0x80060892": true, "0x80040237": true, "0x80060882": false, "0x80040333": false} {
		err := classify(answerOf(refusal(412, code, "")), time.Now(), false)
		assert.Equal(t, duplicate, isDuplicate(err), code)
	}
	assert.Equal(t, support.CodeRefusedByCRM, classify(answerOf(refusal(412, "0x80040333", "")), time.Now(), false).Code)
}

func TestFailuresAreClassifiedByCodeBeforeStatus(t *testing.T) {
	for _, c := range []struct {
		status     int
		code       string
		kind       support.Kind
		want, text string
	}{
		{403, "0x80072560", support.Attention, support.CodePermission, "add the application user"},
		{403, "0x8004a110", support.Attention, support.CodePermission, "Delegate"},
		{500, "0x80044151", support.Retry, support.CodeUnreachable, "database"},
		{400, "0x80072322", support.Retry, support.CodeRateLimited, "too many requests"},
		{400, "0x80041103", support.Attention, support.CodeConfiguration, "column"},
		{404, "0x80060891", support.Stop, support.CodeNotFound, "not in Dynamics"},
		{400, "0x80060890", support.Attention, support.CodeKeyPending, "key"},
		{403, "0x8004a104", support.Retry, support.CodeUnreachable, "switched off"},
		{418, "", support.Attention, support.CodeMapping, "values"},
	} {
		failure := classify(answerOf(refusal(c.status, c.code, "")), time.Now(), false)
		assert.Equal(t, c.kind, failure.Kind, c.code)
		assert.Equal(t, c.want, failure.Code, c.code)
		assert.Contains(t, failure.Message, c.text, c.code)
	}
}

func TestTheMissingPrivilegeAndThePluginsWordsAreShown(t *testing.T) {
	privilege := classify(answerOf(refusal(403, "0x80040220", "Principal user is missing prvWriteIncident privilege")), time.Now(), false)
	assert.Contains(t, privilege.Message, "prvWriteIncident")
	plugin := classify(answerOf(refusal(400, "0x80040265", "Cases of VIPs are closed by hand")), time.Now(), false)
	assert.Contains(t, plugin.Message, "closed by hand")
	assert.Equal(t, support.Attention, plugin.Kind)
}

func TestThrottlingHonoursTheDelay(t *testing.T) {
	answer := answerOf(refusal(429, "0x80072326", ""))
	answer.Header.Set("Retry-After", "23")
	failure := classify(answer, time.Now(), false)
	assert.Equal(t, 23*time.Second, failure.RetryAfter)
	assert.Equal(t, support.CodeRateLimited, failure.Code)
}

func TestAQuietFailureRepeatsNothingOfTheAnswer(t *testing.T) {
	for _, status := range []int{400, 429, 500} {
		failure := classify(answerOf(refusal(status, "0x80040203", "bad authvalue "+hookSecret)), time.Now(), true)
		assert.NotContains(t, failure.Error(), hookSecret, status)
	}
}

func answerOf(r reply) outbound.Answer {
	return outbound.Answer{Status: r.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(r.body)}
}

func FuzzErrors(f *testing.F) {
	f.Add(400, []byte(`{"error":{"code":"0x80040203","message":"m"}}`))
	f.Add(412, []byte(`{"Message":"m","ErrorCode":-2147088238}`))
	f.Add(500, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		failure := classify(outbound.Answer{Status: status, Header: http.Header{}, Body: body}, time.Unix(0, 0), false)
		require.NotEmpty(t, failure.Message)
		require.NotEmpty(t, failure.Code)
		require.Contains(t, []support.Kind{support.Retry, support.Stop, support.Attention}, failure.Kind)
		require.Less(t, len(failure.Error()), 2000)
	})
}
