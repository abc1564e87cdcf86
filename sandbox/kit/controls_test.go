package kit_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/sandbox/kit"
)

type order struct {
	Count int          `json:"count"`
	For   kit.Duration `json:"for"`
}

var errTaken = errors.New("taken")

// controls is a mux with one control of each kind.
func controls() *http.ServeMux {
	mux := http.NewServeMux()
	current := order{Count: 1}
	kit.Show(mux, "GET /now", func() any { return current })
	kit.Patch(mux, "POST /settings", func() order { return current }, func(changed order) { current = changed })
	kit.Control(mux, "POST /order/{name}", func(error) int { return http.StatusConflict }, func(r *http.Request, o order) (any, error) {
		if o.Count < 0 {
			return nil, errTaken
		}
		if o.Count == 0 {
			return nil, nil
		}
		return map[string]int{r.PathValue("name"): o.Count}, nil
	})
	return mux
}

func ask(handler http.Handler, method, path, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer
}

func TestControlAnswersWithWhatCameOfIt(t *testing.T) {
	answer := ask(controls(), http.MethodPost, "/order/tea", `{"count": 2}`)
	assert.Equal(t, http.StatusOK, answer.Code)
	assert.Equal(t, "application/json", answer.Header().Get("Content-Type"))
	assert.JSONEq(t, `{"tea": 2}`, answer.Body.String())
}

func TestControlTakesAnEmptyBodyAndAnswersNothingWithAnObject(t *testing.T) {
	answer := ask(controls(), http.MethodPost, "/order/tea", "")
	assert.Equal(t, http.StatusOK, answer.Code)
	assert.JSONEq(t, `{}`, answer.Body.String())
}

func TestControlRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, body := range []string{`{"cuont": 2}`, `{`, `[]`, `{"for": "soon"}`} {
		answer := ask(controls(), http.MethodPost, "/order/tea", body)
		assert.Equal(t, http.StatusBadRequest, answer.Code, body)
		assert.Contains(t, answer.Body.String(), `"error"`)
	}
}

func TestControlsErrorHasTheStatusChosenForIt(t *testing.T) {
	answer := ask(controls(), http.MethodPost, "/order/tea", `{"count": -1}`)
	assert.Equal(t, http.StatusConflict, answer.Code)
	assert.JSONEq(t, `{"error": "taken"}`, answer.Body.String())
}

func TestPatchLeavesWhatTheBodyDoesNotName(t *testing.T) {
	mux := controls()
	assert.JSONEq(t, `{"count": 1, "for": "1m30s"}`, ask(mux, http.MethodPost, "/settings", `{"for": "90s"}`).Body.String())
	assert.JSONEq(t, `{"count": 1, "for": "1m30s"}`, ask(mux, http.MethodGet, "/now", "").Body.String())
	assert.Equal(t, http.StatusBadRequest, ask(mux, http.MethodPost, "/settings", `{"far": 1}`).Code)
}
