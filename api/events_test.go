package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// browser reads an event stream; it is both the writer and what was written.
type browser struct {
	mu     sync.Mutex
	text   strings.Builder
	header http.Header
	status int
	gone   error
	leave  context.CancelFunc
	done   chan struct{}
}

func (b *browser) Header() http.Header { return b.header }
func (b *browser) Flush()              {}

func (b *browser) WriteHeader(status int) { b.status = status }

func (b *browser) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gone != nil {
		return 0, b.gone
	}
	return b.text.Write(p)
}

// states are those that the browser was sent.
func (b *browser) states() []support.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	var states []support.State
	for line := range strings.Lines(b.text.String()) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var view workflows.View
			if json.Unmarshal([]byte(data), &view) == nil {
				states = append(states, view.State)
			}
		}
	}
	return states
}

// follow opens the stream of a record, as a browser with a panel link does.
func (w *world) follow(ref support.RecordRef) *browser {
	ctx, leave := context.WithCancel(context.Background())
	b := &browser{header: http.Header{}, leave: leave, done: make(chan struct{})}
	r := request("GET", "/v1/connections/"+ref.Connection+"/records/"+ref.Type+"/"+ref.ID+"/session/events?t="+w.panelLink(ref, dana), "")
	go func() {
		defer close(b.done)
		w.server.Handler().ServeHTTP(b, r.WithContext(ctx))
	}()
	synctest.Wait()
	return b
}

func state(s support.State) workflows.View { return workflows.View{State: s} }

// later lets virtual time pass, in a bubble of which every goroutine must have ended when the test does.
func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestStreamSendsChangesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sessions.show(state(support.Invited))
		b := w.follow(snRecord)
		require.Equal(t, "text/event-stream", b.header.Get("Content-Type"))
		require.Equal(t, "no-store", b.header.Get("Cache-Control"))
		later(10 * time.Second)
		require.Equal(t, []support.State{support.Invited}, b.states())
		w.sessions.show(state(support.Waiting))
		later(time.Second)
		w.sessions.show(state(support.Connected))
		later(5 * time.Second)
		require.Equal(t, []support.State{support.Invited, support.Waiting, support.Connected}, b.states())
		b.leave()
		<-b.done
	})
}

func TestStreamOutlivesAnEngineThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sessions.show(state(support.Invited))
		b := w.follow(snRecord)
		w.sessions.fail(unreachable)
		later(40 * time.Second)
		require.Contains(t, b.text.String(), ": still here")
		w.sessions.fail(nil)
		w.sessions.show(state(support.Connected))
		later(time.Second)
		require.Equal(t, []support.State{support.Invited, support.Connected}, b.states())
		b.leave()
		<-b.done
	})
}

func TestStreamOfARecordWithoutASessionShowsTheButton(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b := w.follow(snRecord)
		w.sessions.fail(support.Stopped(support.CodeNoLiveSession, "none", nil))
		later(2 * time.Second)
		require.Contains(t, b.text.String(), `"new":true`)
		b.leave()
		<-b.done
	})
}

func TestStreamsOfOneRecordShareOnePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sessions.show(state(support.Invited))
		browsers := []*browser{w.follow(snRecord), w.follow(snRecord), w.follow(snRecord)}
		before := w.sessions.count("state")
		later(10 * time.Second)
		require.Equal(t, 10, w.sessions.count("state")-before)
		for _, b := range browsers {
			require.Equal(t, []support.State{support.Invited}, b.states())
		}
		browsers[0].leave()
		w.sessions.show(state(support.Connected))
		later(time.Second)
		require.Equal(t, []support.State{support.Invited, support.Connected}, browsers[2].states())
		browsers[1].leave()
		browsers[2].leave()
		later(time.Second)
		after := w.sessions.count("state")
		later(time.Minute)
		require.Equal(t, after, w.sessions.count("state"), "nobody watches any more")
	})
}

func TestStreamEndsWhenTheBrowserTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b := w.follow(snRecord)
		b.mu.Lock()
		b.gone = http.ErrHandlerTimeout
		b.mu.Unlock()
		later(16 * time.Second)
		<-b.done
		b.leave()
	})
}

func TestStreamsEndAfterHalfAnHourAndWhenTheServerShutsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		old := w.follow(snRecord)
		later(29 * time.Minute)
		young := w.follow(snRecord)
		later(time.Minute)
		<-old.done
		w.server.EndStreams()
		<-young.done
		old.leave()
		young.leave()
	})
}

func TestStreamsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var browsers []*browser
		for range 50 {
			browsers = append(browsers, w.follow(snRecord))
		}
		refused := w.send(request("GET", snPath+"/session/events", "", "X-Api-Key", apiKey))
		refused.problem(429, "too_many_requests")
		browsers[0].leave()
		synctest.Wait()
		browsers = append(browsers, w.follow(snRecord))
		require.Equal(t, 200, browsers[50].status)
		w.server.EndStreams()
		for _, b := range browsers {
			<-b.done
			b.leave()
		}
	})
}

// The time-outs of a server are meant for requests and their answers, and must not end what is streamed.
func TestStreamOutlivesTheServersTimeouts(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.PollEvents = 10 * time.Millisecond })
	server := httptest.NewUnstartedServer(w.server.Handler())
	server.Config.ReadTimeout = 500 * time.Millisecond // as short as a busy machine needs to read a request
	server.Config.WriteTimeout = server.Config.ReadTimeout
	server.Start()
	defer server.Close()
	r, err := http.NewRequest("GET", server.URL+snPath+"/session/events", nil)
	require.NoError(t, err)
	r.Header.Set("X-Api-Key", apiKey)
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Eventually(t, func() bool { return w.sessions.count("state") > 100 }, 10*time.Second, time.Millisecond)
	w.sessions.show(state(support.Connected))
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() && !strings.Contains(lines.Text(), `"state":"connected"`) {
	}
	require.Contains(t, lines.Text(), `"state":"connected"`)
}
