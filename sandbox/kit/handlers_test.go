package kit_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/sandbox/kit"
)

var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.String()) })

func TestPathsAreSeenInLowerCaseAndQueriesAsTheyAre(t *testing.T) {
	assert.Equal(t, "/api/users?Name=Dana", ask(kit.LowerPath(echo), http.MethodGet, "/API/Users?Name=Dana", "").Body.String())
}

func TestConnectionsAreDroppedWhileTheServiceIsDown(t *testing.T) {
	down := true
	handler := kit.WhenUp(func() bool { return down }, echo)
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { ask(handler, http.MethodGet, "/", "") })
	down = false
	assert.Equal(t, "/", ask(handler, http.MethodGet, "/", "").Body.String())
}

func TestPersonIsChosenOnceAndKept(t *testing.T) {
	handler := kit.ChoosePerson("who", echo)
	answer := ask(handler, http.MethodGet, "/list?as=dana&page=2", "")
	assert.Equal(t, http.StatusSeeOther, answer.Code)
	assert.Equal(t, "/list?page=2", answer.Header().Get("Location"))
	assert.Equal(t, "who=dana; Path=/; HttpOnly; SameSite=Lax", answer.Header().Get("Set-Cookie"))
	assert.Equal(t, "/list?page=2", ask(handler, http.MethodGet, "/list?page=2", "").Body.String())
	assert.Equal(t, "/elsewhere.example.com?", ask(handler, http.MethodGet, "//elsewhere.example.com?as=dana", "").Header().Get("Location"), "never another host")
}
