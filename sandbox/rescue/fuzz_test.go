package rescue

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzSOAP: whatever is sent, the answer is XML and nothing breaks.
func FuzzSOAP(f *testing.F) {
	for _, seed := range []string{
		"", "<", "<a><b/></a>",
		`<e:Envelope xmlns:e="` + soap12 + `"><e:Body/></e:Envelope>`,
		`<e:Envelope xmlns:e="` + soap12 + `"><e:Body><getNote xmlns="` + namespace + `"><iSession>1</iSession></getNote></e:Body></e:Envelope>`,
		`<e:Envelope xmlns:e="` + soap12 + `"><e:Body><getSession_V3 xmlns="` + namespace + `"><iNodeID>x</iNodeID><s/></getSession_V3></e:Body></e:Envelope>`,
	} {
		f.Add(seed)
	}
	handler := New(Options{}).Handler()
	f.Fuzz(func(t *testing.T, body string) {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/API/API.asmx", strings.NewReader(body)))
		if !bytes.HasPrefix(answer.Body.Bytes(), []byte("<?xml ")) {
			t.Fatalf("not XML: %q", answer.Body)
		}
	})
}
