package servicenow

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestNoMoreCallsRunThanAllowed(t *testing.T) {
	i := newInstance(t)
	var running, most atomic.Int32
	full, open := make(chan struct{}, 6), make(chan struct{})
	i.on("GET "+incidentPath, func(w http.ResponseWriter, r *http.Request) {
		if now := running.Add(1); now > most.Load() {
			most.Store(now)
		}
		full <- struct{}{}
		<-open
		running.Add(-1)
		answerIncident(nil)(w, r)
	})
	c := i.open()
	var calls sync.WaitGroup
	for range 6 {
		calls.Go(func() {
			_, err := c.ReadRecord(t.Context(), incidentRef)
			assert.NoError(t, err)
		})
	}
	<-full
	<-full
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.ReadRecord(ctx, incidentRef)
	requireCode(t, err, support.Retry, support.CodeUnreachable)
	close(open)
	calls.Wait()
	assert.LessOrEqual(t, most.Load(), int32(2))
}

func TestRequestsCarryWhatTheAPIAsksFor(t *testing.T) {
	i := newInstance(t)
	i.on("PATCH "+incidentPath, echo(recordID))
	require.NoError(t, i.open().AddNote(t.Context(), endNote))
	call := i.writes()[0]
	assert.Equal(t, "application/json", call.header.Get("Accept"))
	assert.Equal(t, "application/json", call.header.Get("Content-Type"))
	assert.Contains(t, call.header.Get("User-Agent"), "Lifeline/")
}
