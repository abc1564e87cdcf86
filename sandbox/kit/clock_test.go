package kit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/sandbox/kit"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("CET", 3600))

func TestClockRunsAheadByWhatItWasAdvanced(t *testing.T) {
	clock := kit.NewClock(func() time.Time { return noon })
	clock.Advance(time.Minute)
	clock.Advance(time.Second)
	assert.Equal(t, noon.Add(61*time.Second).UTC(), clock.Now())
}

func TestClockWithoutABaseIsTheRealOne(t *testing.T) {
	assert.WithinDuration(t, time.Now(), kit.NewClock(nil).Now(), time.Minute)
}

func TestAnswersCarryTheClocksTime(t *testing.T) {
	answer := httptest.NewRecorder()
	kit.Dated(func() time.Time { return noon }, http.NotFoundHandler()).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	assert.Equal(t, "Sun, 01 Mar 2026 11:00:00 GMT", answer.Header().Get("Date"))
}
