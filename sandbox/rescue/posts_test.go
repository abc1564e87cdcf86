package rescue_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simrescue "example.com/lifeline/sandbox/rescue"
)

// receiver keeps the posts it gets.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []received
}

type received struct {
	event, contentType, body string
	form                     url.Values
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		raw, _ := io.ReadAll(req.Body)
		body := string(raw)
		form, _ := url.ParseQuery(body)
		r.got = append(r.got, received{req.URL.Query().Get("event"), req.Header.Get("Content-Type"), body, form})
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

// posting is a bench whose first group posts to a receiver.
func posting(t *testing.T, format simrescue.Format) (*bench, *receiver) {
	b, r := newBench(t), newReceiver(t)
	for _, group := range []string{"First line", "Second line"} {
		require.NoError(t, b.sim.SetPostURLs(group, r.URL+"/s3cret?event=start", r.URL+"/s3cret?event=end", format))
	}
	return b, r
}

// events are the received posts so far, after all were delivered.
func (b *bench) events(r *receiver) []received {
	b.Helper()
	b.waitPosts()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got
}

func TestFormPostsTellOfStartAndEnd(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	x := b.joined("cfield1", "ana@example.org", "tracking0", "c:7f3e")
	b.sim.Advance(35 * time.Second)
	_, err := b.sim.PickUp(x.ID, "")
	require.NoError(t, err)
	_, err = b.sim.Say(x.ID, "customer", "hi & ü|")
	require.NoError(t, err)
	_, err = b.sim.Note(x.ID, "Reset the profile")
	require.NoError(t, err)
	b.sim.Advance(20 * time.Minute)
	_, err = b.sim.CloseByTechnician(x.ID, "Resolved", "5")
	require.NoError(t, err)

	got := b.events(r)
	require.Len(t, got, 2)
	start, end := got[0], got[1]
	require.Equal(t, []string{"start", "end"}, []string{start.event, end.event})
	require.Equal(t, "application/x-www-form-urlencoded", start.contentType)
	for name, want := range map[string]string{
		"SessionID": "1080000123", "TechID": "25500123", "TechSSOID": "dana-sso", "TechName": "Dana Ruiz", "TechEmail": "dana@example.org",
		"CField0": "Ana Lopez", "CField1": "ana@example.org", "Tracking0": "c:7f3e", "ChatLog": "", "Notes": "", "WaitingTime": "35",
		"PickupTime": "2026-06-18 09:42:06", "ClosingTime": "", "WorkTime": "0",
	} {
		require.Equal(t, want, start.form.Get(name), name)
	}
	require.False(t, start.form.Has("TSurvey0"))
	for name, want := range map[string]string{
		"ChatLog": "9:42 AM Ana Lopez: hi & ü|", "Notes": "Reset the profile", "ClosingTime": "2026-06-18 10:02:06",
		"WorkTime": "1200", "TSurvey0": "Resolved", "TSurvey1": "5",
	} {
		require.Equal(t, want, end.form.Get(name), name)
	}
}

func TestXMLPostsEscapeAndUseLowerCase(t *testing.T) {
	b, r := posting(t, simrescue.FormatXML)
	x := b.active("cfield2", "a<b & \"c\"", "tracking0", "c:7f3e")
	_, err := b.sim.CloseByTechnician(x.ID)
	require.NoError(t, err)
	var post struct {
		SessionID int64  `xml:"sessionid"`
		CField2   string `xml:"cfield2"`
		Tracking0 string `xml:"tracking0"`
	}
	got := b.events(r)
	require.Equal(t, "text/xml; charset=utf-8", got[0].contentType)
	require.NoError(t, xml.Unmarshal([]byte(got[1].body), &post))
	require.Equal(t, x.ID, post.SessionID)
	require.Equal(t, "a<b & \"c\"", post.CField2)
	require.Equal(t, "c:7f3e", post.Tracking0)
}

func TestJSONPostsHaveNumbersAndTimes(t *testing.T) {
	b, r := posting(t, simrescue.FormatJSON)
	x := b.active()
	got := b.events(r)[0]
	require.Equal(t, "application/json; charset=utf-8", got.contentType)
	var post map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.body), &post))
	require.EqualValues(t, x.ID, post["SessionID"])
	require.Equal(t, "2026-06-18T09:41:31", post["PickupTime"])
	require.Equal(t, "", post["ClosingTime"])
}

func TestASessionNobodyPickedUpPostsNothing(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	_, err := b.sim.CloseByCustomer(b.joined().ID)
	require.NoError(t, err)
	require.Empty(t, b.events(r))
}

func TestACustomersLeavingPostsOnlyWhenCleared(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	x := b.active()
	b.sim.Advance(time.Minute)
	_, err := b.sim.CloseByCustomer(x.ID)
	require.NoError(t, err)
	require.Len(t, b.events(r), 1)
	b.sim.Advance(3 * time.Hour)
	_, err = b.sim.CloseByTechnician(x.ID)
	require.NoError(t, err)
	end := b.events(r)[1]
	require.Equal(t, "2026-06-18 09:42:31", end.form.Get("ClosingTime"))
	require.Equal(t, "60", end.form.Get("WorkTime"))
}

func TestATransferPostsTheTakerWithTheChatSince(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	require.NoError(t, b.sim.SetConsole("lee-sso", true))
	x := b.active()
	say := func(text string) {
		_, err := b.sim.Say(x.ID, "technician", text)
		require.NoError(t, err)
	}
	say("one")
	_, err := b.sim.Transfer(x.ID, "lee-sso", "")
	require.NoError(t, err)
	_, err = b.sim.PickUp(x.ID, "lee-sso")
	require.NoError(t, err)
	say("two")
	_, err = b.sim.CloseByTechnician(x.ID)
	require.NoError(t, err)
	var story []string
	for _, post := range b.events(r) {
		story = append(story, post.event+" "+post.form.Get("TechName")+": "+post.form.Get("ChatLog"))
	}
	require.Equal(t, []string{
		"start Dana Ruiz: ", "start Lee Park: 9:41 AM Dana Ruiz: one", "end Lee Park: 9:41 AM Lee Park: two",
	}, story)
}

func TestTheGiverPostsAnEndWhenSwitchedOn(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	b.sim.Configure(func(s *simrescue.Settings) { s.EndPostOnTransfer = true })
	_, err := b.sim.Transfer(b.active().ID, "lee-sso", "")
	require.NoError(t, err)
	end := b.events(r)[1]
	require.Equal(t, "end", end.event)
	require.Equal(t, "2026-06-18 09:41:31", end.form.Get("ClosingTime"))
}

func TestAGroupWithoutURLStaysSilent(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	require.NoError(t, b.sim.SetPostURLs("First line", "", r.URL+"?event=end", simrescue.FormatForm))
	_, err := b.sim.CloseByTechnician(b.active().ID)
	require.NoError(t, err)
	require.Len(t, b.events(r), 1)
	require.Len(t, b.sim.Posts(), 1)
}

func TestAConsoleSessionPostsWithoutTracking(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	x, err := b.sim.StartFromConsole("dana-sso", simrescue.Fields{"Ana", "ana@example.org"})
	require.NoError(t, err)
	require.Empty(t, x.PIN)
	start := b.events(r)[0]
	require.Equal(t, "ana@example.org", start.form.Get("CField1"))
	require.Empty(t, start.form.Get("Tracking0"))
	_, err = b.sim.StartFromConsole("lee-sso", simrescue.Fields{})
	require.ErrorIs(t, err, simrescue.ErrConsoleNotRunning)
}

func TestARefusedPostIsNeverRetried(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	r.status = http.StatusServiceUnavailable
	b.active()
	require.Len(t, b.events(r), 1)
	post := b.sim.Posts()[0]
	require.Equal(t, simrescue.PostDelivered, post.Outcome)
	require.Equal(t, http.StatusServiceUnavailable, post.Status)
}

func TestAFailedPostIsLoggedWithoutTheAddress(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	r.Close()
	b.active()
	b.waitPosts()
	post := b.sim.Posts()[0]
	require.Equal(t, simrescue.PostFailed, post.Outcome)
	require.NotEmpty(t, post.Error)
	require.NotContains(t, post.Error, "s3cret")
}

func TestDroppedAndDuplicatedPosts(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	b.sim.DropPosts(1)
	x := b.active()
	require.Empty(t, b.events(r))
	require.Equal(t, simrescue.PostDropped, b.sim.Posts()[0].Outcome)
	b.sim.DuplicatePosts(1)
	_, err := b.sim.CloseByTechnician(x.ID)
	require.NoError(t, err)
	got := b.events(r)
	require.Len(t, got, 2)
	require.Equal(t, got[0], got[1])
}

func TestHeldPostsComeLateAndInReverse(t *testing.T) {
	b, r := posting(t, simrescue.FormatForm)
	b.sim.HoldPosts()
	_, err := b.sim.CloseByTechnician(b.active().ID)
	require.NoError(t, err)
	require.Empty(t, b.events(r))
	b.sim.ReleasePosts(true)
	got := b.events(r)
	require.Equal(t, []string{"end", "start"}, []string{got[0].event, got[1].event})
}

func TestASlowReceiverIsGivenUp(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(release) })
	b := newBench(t, func(o *simrescue.Options) { o.PostTimeout = 20 * time.Millisecond })
	require.NoError(t, b.sim.SetPostURLs("First line", slow.URL, "", simrescue.FormatForm))
	b.active()
	b.waitPosts()
	require.Equal(t, simrescue.PostFailed, b.sim.Posts()[0].Outcome)
}

func TestWaitingForPostsEndsWithTheContext(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(release) })
	b := newBench(t)
	require.NoError(t, b.sim.SetPostURLs("First line", slow.URL, "", simrescue.FormatForm))
	b.active()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, b.sim.WaitPosts(ctx), context.Canceled)
}
