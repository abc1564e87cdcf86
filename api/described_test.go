package api_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"
)

// description is the API's own document, and the way from a request to its operation.
var description = sync.OnceValues(func() (*openapi3.T, routers.Router) {
	for _, text := range []string{"text/html", "text/event-stream", "text/xml", "application/xml"} {
		openapi3filter.RegisterBodyDecoder(text, openapi3filter.PlainBodyDecoder)
	}
	document, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		panic(err)
	}
	router, err := legacy.NewRouter(document)
	if err != nil {
		panic(err)
	}
	return document, router
})

// mustBeDescribed holds a request that was accepted, and every answer, against the document.
func mustBeDescribed(t *testing.T, r *http.Request, answer *httptest.ResponseRecorder) {
	t.Helper()
	_, router := description()
	route, params, err := router.FindRoute(r)
	if err != nil {
		if r.Method == http.MethodOptions {
			return // the router's own answer
		}
		require.GreaterOrEqual(t, answer.Code, 400, "%s %s is answered but not described", r.Method, r.URL.Path)
		return
	}
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: carriesProof, IncludeResponseStatus: true}}
	if answer.Code < 400 {
		require.NoError(t, openapi3filter.ValidateRequest(context.Background(), input))
	}
	require.NoError(t, openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.Code, Header: answer.Header(), Body: readCloser(answer.Body.Bytes()), Options: input.Options,
	}))
}

type bodyReader struct{ *bytes.Reader }

func (bodyReader) Close() error { return nil }

func readCloser(body []byte) bodyReader { return bodyReader{bytes.NewReader(body)} }

// carriesProof tells whether a request has the header, cookie or parameter of a security scheme.
func carriesProof(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	r, scheme := input.RequestValidationInput.Request, input.SecurityScheme
	given := strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch scheme.In {
	case "header":
		given = r.Header.Get(scheme.Name) != ""
	case "query":
		given = r.URL.Query().Get(scheme.Name) != ""
	case "cookie":
		cookie, err := r.Cookie(scheme.Name)
		given = err == nil && cookie.Value != ""
	}
	if !given {
		return errors.New("not given")
	}
	return nil
}

func TestDescriptionIsValid(t *testing.T) {
	document, _ := description()
	require.NoError(t, document.Validate(context.Background()))
	w := newWorld(t)
	written, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	require.Equal(t, string(written), w.send(request("GET", "/openapi.yaml", "")).status(200).Body.String())
}

func TestEveryRouteIsDescribedAndEveryDescribedRouteExists(t *testing.T) {
	document, _ := description()
	var described, served []string
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	parameter := regexp.MustCompile(`:(\w+)`)
	for _, route := range newWorld(t).server.Echo().Routes() {
		if strings.HasPrefix(route.Path, "/codec") {
			continue
		}
		path := parameter.ReplaceAllString(route.Path, "{$1}")
		served = append(served, route.Method+" "+strings.Replace(path, "{c}", "{connection}", 1))
	}
	described = slices.DeleteFunc(described, func(route string) bool { return strings.Contains(route, "/codec/") })
	sort.Strings(described)
	sort.Strings(served)
	require.Equal(t, described, served)
}

func TestDescriptionListsEveryCode(t *testing.T) {
	document, _ := description()
	var listed []string
	for _, code := range document.Components.Schemas["Code"].Value.Enum {
		listed = append(listed, code.(string))
	}
	require.True(t, sort.StringsAreSorted(listed))
	require.Subset(t, listed, codesIn(t, "../support/errors.go"))
	require.Subset(t, listed, codesIn(t, "problem.go"))
	require.Len(t, listed, len(codesIn(t, "../support/errors.go"))+len(codesIn(t, "problem.go")))
}
