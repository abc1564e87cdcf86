package rescue

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

const (
	formPost = "SessionID=1080000123&TechID=25500123&TechSSOID=dana%40example.org&TechName=Dana+Ruiz&TechEmail=dana%40example.org&TechDescr=" +
		"&CField0=Ana+Lopez&CField1=ana%40example.org&CField2=CAS-0042&CField3=&CField4=&CField5=TOKEN&Tracking0=TOKEN" +
		"&ChatLog=9%3A42+AM+Dana+Ruiz%3A+hello&Notes=&WaitingTime=35&PickupTime=2026-06-18+09%3A42%3A05&ClosingTime=&WorkTime=0" +
		"&LastActionTime=2026-06-18+09%3A42%3A05&Transmitted=0&Platform=Windows+11"
	xmlPost = `<?xml version="1.0" encoding="utf-8"?>
<session><sessionid>1080000123</sessionid><techid>25500123</techid><techssoid>dana@example.org</techssoid>
<techname>Dana Ruiz</techname><techemail>dana@example.org</techemail><techdescr/><cfield0>Ana Lopez</cfield0><cfield1>ana@example.org</cfield1>
<cfield2>CAS-0042</cfield2><cfield3/><cfield4/><cfield5>TOKEN</cfield5><tracking0>TOKEN</tracking0><chatlog>9:58 AM Ana Lopez: thanks</chatlog>
<notes>Reset the profile</notes><waitingtime>35</waitingtime><pickuptime>2026-06-18 09:42:05</pickuptime><closingtime>2026-06-18 10:03:40</closingtime>
<worktime>1180</worktime><lastactiontime>2026-06-18 10:03:11</lastactiontime><transmitted>4821177</transmitted><platform>Windows 11</platform>
<tsurvey0>Resolved</tsurvey0></session>`
	jsonPost = `{"SessionID":1080000123,"TechID":25500123,"TechSSOID":"dana@example.org","TechName":"Dana Ruiz","CField0":"Ana Lopez",
"CField2":"CAS-0042","CField5":"TOKEN","Tracking0":"TOKEN","ChatLog":"9:58 AM Ana Lopez: thanks","Notes":"Reset the profile","WaitingTime":35,
"PickupTime":"2026-06-18T09:42:05","ClosingTime":"2026-06-18T10:03:40","WorkTime":1180,"Transmitted":4821177}`
)

func decode(t *testing.T, contentType, event, body string) support.Event {
	t.Helper()
	e, err := DecodePost(contentType, event, []byte(body), testNow)
	require.NoError(t, err)
	return e
}

func TestFormPostOfTheStart(t *testing.T) {
	token := testToken37(t)
	body := strings.ReplaceAll(formPost, "TOKEN", url.QueryEscape(string(token)))
	e := decode(t, "application/x-www-form-urlencoded; charset=utf-8", "start", body)
	pickup := time.Date(2026, 6, 18, 9, 42, 5, 0, time.UTC)
	assert.Equal(t, support.EventStarted, e.Kind)
	assert.Equal(t, "1080000123", e.VendorSessionID)
	assert.Equal(t, token, e.Token)
	assert.Equal(t, support.PhaseConnected, e.Phase)
	assert.Equal(t, support.Technician{ID: "25500123", SSOID: dana, Name: "Dana Ruiz", Email: dana}, e.Technician)
	assert.Equal(t, support.Customer{Name: "Ana Lopez", Email: "ana@example.org"}, e.Customer)
	assert.Equal(t, pickup, e.PickedUpAt)
	assert.Equal(t, pickup, e.LastActionAt)
	assert.True(t, e.EndedAt.IsZero())
	assert.Equal(t, int64(35), e.WaitingSeconds)
	assert.Equal(t, "9:42 AM Dana Ruiz: hello", e.Chat)
	assert.Equal(t, testNow, e.At)
	assert.Equal(t, body, e.Raw)
}

func TestXMLPostOfTheEnd(t *testing.T) {
	token := testToken37(t)
	e := decode(t, "text/xml", "end", strings.ReplaceAll(xmlPost, "TOKEN", string(token)))
	assert.Equal(t, support.EventEnded, e.Kind)
	assert.Equal(t, support.PhaseEnded, e.Phase)
	assert.Equal(t, support.ReasonNone, e.Reason, "the post does not say who closed it")
	assert.Equal(t, token, e.Token)
	assert.Equal(t, time.Date(2026, 6, 18, 10, 3, 40, 0, time.UTC), e.EndedAt)
	assert.Equal(t, int64(1180), e.WorkSeconds)
	assert.Equal(t, "Reset the profile", e.Notes)
	assert.Equal(t, "Windows 11", e.Platform)
}

func TestFieldsComeInTheGuidesOrderAndNamesWithoutTheChat(t *testing.T) {
	body := `<x><zulu>1</zulu><tsurvey0>Resolved</tsurvey0><chatlog>c</chatlog><note>n</note><cfield0>Ana</cfield0><sessionid>7</sessionid></x>`
	assert.Equal(t, []support.Field{
		{Name: "SessionID", Value: "7"}, {Name: "CField0", Value: "Ana"}, {Name: "Notes", Value: "n"},
		{Name: "TSurvey0", Value: "Resolved"}, {Name: "zulu", Value: "1"},
	}, decode(t, "", "", body).Fields)
}

func TestAllFormsOfOnePostAgree(t *testing.T) {
	for name, post := range map[string]struct{ contentType, body string }{
		"by content type":        {"application/json", jsonPost},
		"by first byte":          {"", jsonPost},
		"text/plain":             {"text/plain", jsonPost},
		"wrong content type":     {"application/x-www-form-urlencoded", jsonPost},
		"broken content type":    {";;", jsonPost},
		"one-element array":      {"application/json", "[" + jsonPost + "]"},
		"wrapper object":         {"application/json", `{"session":` + jsonPost + `}`},
		"array in a wrapper":     {"application/json", `{"sessions":[` + jsonPost + `]}`},
		"byte order mark":        {"application/json", "\ufeff" + jsonPost},
		"other spelling":         {"application/json", strings.ReplaceAll(jsonPost, "SessionID", "session_id")},
		"id as text":             {"application/json", strings.ReplaceAll(jsonPost, "1080000123", `"1080000123"`)},
		"id with an exponent":    {"application/json", strings.ReplaceAll(jsonPost, "1080000123", "1.080000123e9")},
		"any root":               {"application/xml", strings.ReplaceAll(xmlPost, "session>", "Whatever>")},
		"root in a wrapper":      {"text/xml", "<a>" + strings.TrimPrefix(xmlPost, `<?xml version="1.0" encoding="utf-8"?>`) + "</a>"},
		"unescaped ampersand":    {"text/xml", strings.ReplaceAll(xmlPost, "Ana Lopez<", "Ana & Co<")},
		"forbidden character":    {"text/xml", strings.ReplaceAll(xmlPost, "Reset", "\x0bReset")},
		"form in capital letter": {"", "SESSIONID=1080000123&NOTES=Reset+the+profile&WORKTIME=0:19:40"},
	} {
		e := decode(t, post.contentType, "", post.body)
		assert.Equal(t, "1080000123", e.VendorSessionID, name)
		assert.Equal(t, support.EventEnded, e.Kind, name)
		assert.Equal(t, "Reset the profile", e.Notes, name)
		assert.Equal(t, int64(1180), e.WorkSeconds, name)
	}
}

func TestPostWithoutASessionIDStops(t *testing.T) {
	for _, body := range []string{"", "SessionID=", "SessionID=abc", "SessionID=0", "{", "[]", `{"SessionID":null}`, `{"SessionID":1.5}`,
		"<a>", "<!DOCTYPE a [<!ENTITY b '1'>]><a><sessionid>&b;</sessionid></a>", strings.Repeat("[", 10_000), strings.Repeat("<a>", 10_000)} {
		_, err := DecodePost("", "", []byte(body), testNow)
		requireFailure(t, err, support.Stop, support.CodeInvalid)
	}
}

func TestKindFollowsTheAddressThenWhatOnlyAnEndHas(t *testing.T) {
	for body, want := range map[string]support.EventKind{
		"SessionID=1": support.EventStarted,
		"SessionID=1&Notes=&ClosingTime=&TSurvey0=":        support.EventStarted,
		"SessionID=1&ClosingTime=0001-01-01+00:00:00":      support.EventStarted,
		"SessionID=1&ClosingTime=1/1/1900+12:00:00+AM":     support.EventStarted,
		"SessionID=1&Notes=done":                           support.EventEnded,
		"SessionID=1&TSurvey3=yes":                         support.EventEnded,
		"SessionID=1&ClosingTime=2026-06-18+10:03:40":      support.EventEnded,
		"SessionID=1&ClosingTime=18+de+junho+%C3%A0s+10h3": support.EventEnded,
	} {
		assert.Equal(t, want, decode(t, "", "", body).Kind, body)
		assert.Equal(t, support.EventStarted, decode(t, "", "start", body).Kind, body)
		assert.Equal(t, support.EventEnded, decode(t, "", "end", body).Kind, body)
	}
}

func TestTrackingFieldWinsOverCustomFields(t *testing.T) {
	token := string(testToken37(t))
	other := token[:29] + "ABCDEFGH"
	assert.Equal(t, token, string(decode(t, "", "", "SessionID=1&CField5="+other+"&Tracking0="+token).Token))
	assert.Equal(t, other, string(decode(t, "", "", "SessionID=1&CField3="+other+"&Tracking0=someone-elses").Token))
	assert.Empty(t, decode(t, "", "", "SessionID=1&CField3=c:short").Token)
}

func TestSamePostHasTheSameID(t *testing.T) {
	first := decode(t, "", "end", xmlPost)
	assert.Equal(t, first.ID, decode(t, "", "end", xmlPost).ID)
	assert.NotEqual(t, first.ID, decode(t, "", "start", xmlPost).ID)
	for _, change := range [][2]string{{"1080000123", "2"}, {"25500123", "2"}, {"09:42:05", "09:42:06"}, {"10:03:40", "10:03:41"}, {"thanks", "bye"}, {"Reset the profile", "Reset it"}} {
		assert.NotEqual(t, first.ID, decode(t, "", "end", strings.ReplaceAll(xmlPost, change[0], change[1])).ID, change)
	}
}

func TestAllFormsOfDatesAreRead(t *testing.T) {
	want := time.Date(2026, 6, 18, 15, 4, 5, 0, time.UTC)
	for _, text := range []string{"2026-06-18T15:04:05Z", "2026-06-18T17:04:05+02:00", "2026-06-18 15:04:05", "2026-06-18T15:04:05", "2026/06/18 15:04:05",
		"6/18/2026 3:04:05 PM", "6/18/2026 3:04:05\u202fPM", "/Date(1781795045000)/", "/Date(1781795045000+0200)/", `\/Date(1781795045000)\/`} {
		assert.Equal(t, want, parsePostTime(text), text)
	}
	assert.Equal(t, want.Add(999*time.Millisecond), parsePostTime("2026-06-18T15:04:05.999"))
	assert.Equal(t, want.Truncate(time.Minute), parsePostTime("6/18/2026 3:04 PM"))
	for _, text := range []string{"", "soon", "0001-01-01 00:00:00", "18 de junho", "/Date(x)/", "99/99/2026 3:04 PM"} {
		assert.True(t, parsePostTime(text).IsZero(), text)
	}
}

func TestUnreadableDateIsKeptAsItCame(t *testing.T) {
	e := decode(t, "", "end", "SessionID=1&ClosingTime=soon")
	assert.True(t, e.EndedAt.IsZero())
	assert.Contains(t, e.Fields, support.Field{Name: "ClosingTime", Value: "soon"})
}

func TestDurationsAreReadInBothForms(t *testing.T) {
	for text, want := range map[string]int64{"35": 35, " 35.9 ": 35, "0:19:40": 1180, "26:00:01": 93601, "1:05": 65, "": 0, "-5": 0, "x": 0, "1:x": 0, "1:2:3:4": 0, "NaN": 0, "1e300": 0} {
		assert.Equal(t, want, parseSeconds(text), text)
	}
}

func TestRawBodyIsBounded(t *testing.T) {
	e := decode(t, "", "end", "SessionID=1&ChatLog="+strings.Repeat("é", maxRaw))
	assert.LessOrEqual(t, len(e.Raw), maxRaw)
	assert.Len(t, e.Chat, 2*maxRaw, "the chat itself is whole")
}

func TestBrokenEscapesKeepTheText(t *testing.T) {
	e := decode(t, "", "end", "SessionID=1&Notes=100%+done%E9")
	assert.Equal(t, "100%+done%E9", e.Notes)
}

func TestTextIsReadInWhateverCharacterSetItComes(t *testing.T) {
	utf16 := func(text string) string {
		var b strings.Builder
		for _, r := range text { // all below U+0100
			b.WriteString(string([]byte{byte(r), 0}))
		}
		return b.String()
	}
	const document = `<?xml version="1.0" encoding="utf-16"?><s><sessionid>1</sessionid><notes>café</notes></s>`
	for name, body := range map[string]string{
		"XML that declares UTF-16 and is not":  document,
		"XML in UTF-16":                        utf16(document),
		"XML in UTF-16 with a byte order mark": "\xff\xfe" + utf16(document),
		"XML in Latin-1":                       `<?xml version="1.0" encoding="iso-8859-1"?><s><sessionid>1</sessionid><notes>caf` + "\xe9</notes></s>",
		"JSON in UTF-16":                       utf16(`{"SessionID":1,"Notes":"café"}`),
		"JSON in Latin-1":                      `{"SessionID":1,"Notes":"caf` + "\xe9\"}",
		"form in Latin-1":                      "SessionID=1&Notes=caf%E9",
		"form in raw Latin-1":                  "SessionID=1&Notes=caf\xe9",
	} {
		assert.Equal(t, "café", decode(t, "", "end", body).Notes, name)
	}
}

func TestCharactersThatNoCRMTakesAreLeftOut(t *testing.T) {
	for _, body := range []string{`{"SessionID":1,"Notes":"a\u0000b\u0008"}`, "SessionID=1&Notes=a%00b%08", "<s><sessionid>1</sessionid><notes>a&#0;b\x08</notes></s>"} {
		assert.Equal(t, "ab", decode(t, "", "end", body).Notes, body)
	}
	for _, body := range []string{`{"SessionID":1,"Un\u0000heard":"x"}`, "SessionID=1&Un%00heard=x"} {
		assert.Contains(t, decode(t, "", "end", body).Fields, support.Field{Name: "Unheard", Value: "x"}, "names as well")
	}
}

func FuzzDecodePost(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", "start", []byte(formPost))
	f.Add("text/xml", "end", []byte(xmlPost))
	f.Add("application/json", "", []byte(jsonPost))
	f.Add("", "", []byte(`[{"a":[{"sessionid":"1"}]}]`))
	f.Fuzz(func(t *testing.T, contentType, event string, body []byte) {
		e, err := DecodePost(contentType, event, body, testNow)
		if err != nil {
			requireFailure(t, err, support.Stop, support.CodeInvalid)
			return
		}
		id, ok := readSessionID(e.VendorSessionID)
		require.True(t, ok)
		require.Equal(t, id, e.VendorSessionID)
		require.LessOrEqual(t, len(e.Raw), maxRaw)
		again, err := DecodePost(contentType, event, body, testNow)
		require.NoError(t, err)
		require.Equal(t, e, again)
	})
}
