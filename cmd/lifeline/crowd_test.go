package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simservicenow "example.com/lifeline/sandbox/servicenow"
	"example.com/lifeline/support"
)

// pressedOnce is a press, and how long its agent waited.
type pressedOnce struct {
	answer
	took time.Duration
}

// crowd presses the buttons of n incidents at the same moment.
func (s *stage) crowd(n int) []pressedOnce {
	s.t.Helper()
	incidents := make([]string, n)
	for i := range incidents {
		id, err := s.world.ServiceNow.AddIncident(simservicenow.Row{
			"number": fmt.Sprintf("INC%07d", 9_000_000+i), "short_description": "Everybody at once",
			"caller_id": s.world.ServiceNow.List("sys_user", "user_name=dana")[0]["sys_id"],
		})
		require.NoError(s.t, err)
		incidents[i] = id
	}
	pressed := make([]pressedOnce, n)
	var all sync.WaitGroup
	for i, incident := range incidents {
		all.Go(func() {
			began := time.Now()
			pressed[i].answer = s.press(incident)
			pressed[i].took = time.Since(began)
		})
	}
	all.Wait()
	return pressed
}

// Rescue gives a company one PIN a second: not everybody can have one within an agent's patience.
func TestMoreAgentsThanRescueHasPINsForAreAnsweredWithinTheirPatience(t *testing.T) {
	t.Parallel()
	s := play(t, map[string]string{sn + "RESCUE_PIN_INTERVAL": "1s"})
	created := 0
	for _, got := range s.crowd(25) {
		assert.Less(t, got.took, 10*time.Second, got.Raw)
		if got.Status == http.StatusCreated {
			created++
			continue
		}
		assert.Equal(t, support.CodeRateLimited, got.Problem.Code, got.Raw)
	}
	assert.GreaterOrEqual(t, created, 2, "those who came first have their turns")
	assert.Len(t, s.world.Rescue.PINs(), created, "nobody is sent away with a PIN made")
}
