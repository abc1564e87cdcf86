package dynamics

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

// batchReply is an answer of $batch with one part for each status line and body.
func batchReply(parts ...string) reply {
	var body strings.Builder
	for _, part := range parts {
		fmt.Fprintf(&body, "--batchresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n%s\r\n", part)
	}
	body.WriteString("--batchresponse_1--\r\n")
	return reply{status: 200, header: map[string]string{"Content-Type": "multipart/mixed; boundary=batchresponse_1"}, body: body.String()}
}

const (
	partDone     = "HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n"
	partThrottle = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}"
)

func partRefused(code string) string {
	body := `{"error":{"code":"` + code + `","message":"m"}}`
	return fmt.Sprintf("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func saveTwo(t *testing.T, answer reply) (*environment, error) {
	e := newEnvironment(t).on("POST $batch", answer)
	return e, e.crm().SaveReports(t.Context(), "acme-d365", support.TeamViewer, []support.Report{
		{ID: "c-1", VendorSessionID: "s77", Technician: support.Technician{Name: "Dana Ruiz"}, Notes: strings.Repeat("n", 30000)}, {ID: "{odd id}"}})
}

func TestReportsAreUpsertedByKeyInOneBatch(t *testing.T) {
	e, err := saveTwo(t, batchReply(partDone, partDone))
	require.NoError(t, err)
	call := e.only("POST $batch")
	assert.Equal(t, "odata.continue-on-error", call.header.Get("Prefer"))
	requests := requestsOf(t, call)
	require.Len(t, requests, 2)
	assert.Equal(t, http.MethodPatch, requests[0].Method)
	assert.Equal(t, "/api/data/v9.2/lifeline_connections(lifeline_connectionkey='teamviewer-c-1')", requests[0].RequestURI)
	body, err := io.ReadAll(requests[0].Body)
	require.NoError(t, err)
	assert.NotContains(t, string(body), "connectionkey")
	assert.Contains(t, requests[1].RequestURI, "connectionkey='teamviewer-x", "an id outside the alphabet becomes a digest")
}

// requestsOf reads the parts of a batch as Dataverse does.
func requestsOf(t *testing.T, call seen) []*http.Request {
	t.Helper()
	_, params, err := mime.ParseMediaType(call.header.Get("Content-Type"))
	require.NoError(t, err)
	reader := multipart.NewReader(strings.NewReader(call.raw), params["boundary"])
	var requests []*http.Request
	for {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return requests
		}
		require.NoError(t, err)
		assert.Equal(t, "application/http", part.Header.Get("Content-Type"))
		raw, _ := io.ReadAll(part)
		head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(head, "\r\nHost: x\r\n\r\n"...))))
		require.NoError(t, err)
		request.Body = io.NopCloser(bytes.NewReader(body))
		requests = append(requests, request)
	}
}

func TestTheFailureOfABatchIsTheOneThatNeedsAHuman(t *testing.T) {
	_, err := saveTwo(t, batchReply(partThrottle, partRefused("0x80041103")))
	requireFailure(t, err, support.Attention, support.CodeConfiguration)
	_, err = saveTwo(t, batchReply(partDone, partThrottle))
	failure := requireFailure(t, err, support.Retry, support.CodeRateLimited)
	assert.EqualValues(t, 7, failure.RetryAfter.Seconds())
	_, err = saveTwo(t, batchReply(partDone, partRefused(codeKeyNotDefined)))
	requireFailure(t, err, support.Attention, support.CodeKeyPending)
}

func TestABatchThatIsNotAnsweredInFullIsNoSuccess(t *testing.T) {
	for _, answer := range []reply{batchReply(partDone), ok(`{"value":[]}`), batchReply(partDone, "nonsense")} {
		_, err := saveTwo(t, answer)
		requireFailure(t, err, support.Retry, support.CodeProtocol)
	}
}

func TestManyReportsGoInBatchesOfAHundred(t *testing.T) {
	full := make([]string, batchSize)
	for i := range full {
		full[i] = partDone
	}
	e := newEnvironment(t).on("POST $batch", batchReply(full...), batchReply(partDone))
	reports := make([]support.Report, batchSize+1)
	for i := range reports {
		reports[i].ID = fmt.Sprint(i)
	}
	require.NoError(t, e.crm().SaveReports(t.Context(), "acme-d365", support.TeamViewer, reports))
	assert.Len(t, e.calls, 2)
}

func FuzzBatchAnswers(f *testing.F) {
	f.Add([]byte(batchReply(partDone, partThrottle).body))
	f.Fuzz(func(t *testing.T, body []byte) {
		answer := answerOf(reply{status: 200, body: string(body)})
		answer.Header.Set("Content-Type", "multipart/mixed; boundary=batchresponse_1")
		_, _ = readBatch(answer)
	})
}
