package kit_test

import (
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/sandbox/kit"
)

var pages = kit.Pages{Templates: template.Must(template.New("hello").Parse(`<p>{{.Name}}</p>`)), Policy: "default-src 'none'"}

func show(data any) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	pages.Show(answer, slog.New(slog.DiscardHandler), 0, "hello", data)
	return answer
}

func TestPageIsProtectedAndNotStored(t *testing.T) {
	answer := show(struct{ Name string }{"<Maria>"})
	assert.Equal(t, http.StatusOK, answer.Code)
	assert.Equal(t, "<p>&lt;Maria&gt;</p>", answer.Body.String())
	assert.Equal(t, "default-src 'none'", answer.Header().Get("Content-Security-Policy"))
	assert.Equal(t, "nosniff", answer.Header().Get("X-Content-Type-Options"))
	assert.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
}

func TestPageThatCannotBeRenderedIsNotSentInHalf(t *testing.T) {
	answer := show(struct{}{})
	assert.Equal(t, http.StatusInternalServerError, answer.Code)
	assert.NotContains(t, answer.Body.String(), "<p>")
}

func TestFilesBesideThePagesAreProtectedToo(t *testing.T) {
	answer := ask(pages.Secured(http.NotFoundHandler()), http.MethodGet, "/", "")
	assert.Equal(t, "default-src 'none'", answer.Header().Get("Content-Security-Policy"))
	assert.Equal(t, "nosniff", answer.Header().Get("X-Content-Type-Options"))
}

func TestAssetsAreStyleSheetsAndScriptsOnly(t *testing.T) {
	files := fstest.MapFS{"pages/a.css": {}, "pages/a.js": {}, "pages/a.html": {}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ui/{file}", kit.Assets(files, "pages"))
	for name, status := range map[string]int{"a.css": 200, "a.js": 200, "a.html": 404, "b.css": 404, "live.js": 200, "crm.css": 200, "crm.js": 200, "vendor.css": 200} {
		assert.Equal(t, status, ask(mux, http.MethodGet, "/ui/"+name, "").Code, name)
	}
}
