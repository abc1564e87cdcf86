package engine_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"example.com/lifeline/engine"
)

const uiOrigin = "http://127.0.0.1:8233"

func operatorOnly(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer operator" }

func askCodec(t *testing.T, method, path, origin, authorization, body string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Origin", origin)
	r.Header.Set("Authorization", authorization)
	w := httptest.NewRecorder()
	engine.CodecHandler(keys(t, newKey), uiOrigin, operatorOnly).ServeHTTP(w, r)
	return w.Result()
}

func sealedBody(t *testing.T) string {
	t.Helper()
	p, err := engine.DataConverter(keys(t, newKey)).ToPayload(secret)
	require.NoError(t, err)
	body, err := protojson.Marshal(&commonpb.Payloads{Payloads: []*commonpb.Payload{p}})
	require.NoError(t, err)
	return string(body)
}

func TestCodecOpensPayloadsForTheAuthorized(t *testing.T) {
	response := askCodec(t, http.MethodPost, "/codec/decode", uiOrigin, "Bearer operator", sealedBody(t))

	require.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, uiOrigin, response.Header.Get("Access-Control-Allow-Origin"))
	var got commonpb.Payloads
	buffer := new(strings.Builder)
	require.NoError(t, response.Write(buffer))
	_, body, _ := strings.Cut(buffer.String(), "\r\n\r\n")
	require.NoError(t, protojson.Unmarshal([]byte(body), &got))
	assert.Equal(t, `"`+secret+`"`, string(got.GetPayloads()[0].GetData()))
}

func TestCodecOpensNothingForOthers(t *testing.T) {
	response := askCodec(t, http.MethodPost, "/codec/decode", uiOrigin, "Bearer guest", sealedBody(t))
	assert.Equal(t, http.StatusUnauthorized, response.StatusCode)
}

func TestCodecPreflightAllowsTheUIOnly(t *testing.T) {
	response := askCodec(t, http.MethodOptions, "/codec/decode", uiOrigin, "", "")
	assert.Equal(t, http.StatusNoContent, response.StatusCode)
	assert.Equal(t, uiOrigin, response.Header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, response.Header.Get("Access-Control-Allow-Headers"), "X-Namespace")

	response = askCodec(t, http.MethodOptions, "/codec/decode", "https://elsewhere.example.org", "", "")
	assert.Empty(t, response.Header.Get("Access-Control-Allow-Origin"))
}

func TestCodecRefusesAHugeBody(t *testing.T) {
	response := askCodec(t, http.MethodPost, "/codec/decode", uiOrigin, "Bearer operator", strings.Repeat(" ", 17<<20))
	assert.Equal(t, http.StatusBadRequest, response.StatusCode)
}
