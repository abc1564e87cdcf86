package dataverse

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/google/uuid"
)

// maxBatch is the number of requests a batch may hold (reference 2.8).
const maxBatch = 1000

// batchPart is one request of a batch, or one change set of several.
type batchPart struct {
	calls     []*call
	changeSet bool
}

// batch runs a multipart body of requests in order; each change set is all or none (reference 2.8).
func (s *Sim) batch(ctx context.Context, outer *call) *answer {
	parts, err := s.readBatch(outer)
	if err != nil {
		return outer.failed(err)
	}
	_, goesOn := outer.preferences()["odata.continue-on-error"]
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	_ = writer.SetBoundary("batchresponse_" + uuid.NewString())
	status := http.StatusOK
	for _, part := range parts {
		answers := s.transact(ctx, part.calls)
		failed := answers[0].status >= http.StatusBadRequest
		writePart(writer, part, answers, failed)
		if failed && !goesOn { // the outer status takes the error's (unverified)
			status = answers[0].status
			break
		}
	}
	_ = writer.Close()
	return reply(status, body.String()).with("Content-Type", `multipart/mixed; boundary=`+writer.Boundary())
}

func (s *Sim) readBatch(outer *call) ([]batchPart, error) {
	reader, err := multipartReader(outer.header.Get("Content-Type"), bytes.NewReader(outer.body))
	if err != nil {
		return nil, err
	}
	var parts []batchPart
	count := 0
	for {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, badRequest(codeInvalidArgument, "The batch is malformed.")
		}
		read, err := s.readPart(outer, part)
		if err != nil {
			return nil, err
		}
		if count += len(read.calls); count > maxBatch {
			return nil, badRequest(codeInvalidArgument, "The number of requests in a batch must not exceed %d.", maxBatch)
		}
		parts = append(parts, read)
	}
	if count == 0 {
		return nil, badRequest(codeInvalidArgument, "The batch holds no request.")
	}
	return parts, nil
}

func multipartReader(contentType string, body io.Reader) (*multipart.Reader, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/mixed" || params["boundary"] == "" {
		return nil, badRequest(codeInvalidArgument, "The Content-Type must be multipart/mixed with a boundary.")
	}
	return multipart.NewReader(body, params["boundary"]), nil
}

func (s *Sim) readPart(outer *call, part *multipart.Part) (batchPart, error) {
	if strings.HasPrefix(part.Header.Get("Content-Type"), "multipart/mixed") {
		return s.readChangeSet(outer, part)
	}
	c, err := s.readInner(outer, part)
	if err != nil {
		return batchPart{}, err
	}
	return batchPart{calls: []*call{c}}, nil
}

func (s *Sim) readChangeSet(outer *call, part *multipart.Part) (batchPart, error) {
	reader, err := multipartReader(part.Header.Get("Content-Type"), part)
	if err != nil {
		return batchPart{}, err
	}
	set, refs := batchPart{changeSet: true}, map[string]string{}
	for {
		inner, err := reader.NextRawPart()
		if err == io.EOF && len(set.calls) > 0 {
			return set, nil
		}
		if err != nil {
			return set, badRequest(codeInvalidArgument, "The change set is malformed or empty.")
		}
		c, err := s.readInner(outer, inner)
		if err != nil {
			return set, err
		}
		if c.method == http.MethodGet {
			return set, badRequest(codeInvalidArgument, "A change set must not hold a GET request.")
		}
		c.refs = refs
		if id := inner.Header.Get("Content-ID"); id != "" {
			c.header.Set("Content-ID", id)
		}
		set.calls = append(set.calls, c)
	}
}

// readInner reads one request: line, headers, blank line, body; lines may end with LF or CRLF.
func (s *Sim) readInner(outer *call, part *multipart.Part) (*call, error) {
	malformed := badRequest(codeInvalidArgument, "A request in the batch is malformed.")
	if part.Header.Get("Content-Type") != "application/http" {
		return nil, malformed
	}
	reader := textproto.NewReader(bufio.NewReader(part))
	line, err := reader.ReadLine()
	if err != nil {
		return nil, malformed
	}
	words := strings.Fields(line)
	if len(words) != 3 || words[2] != "HTTP/1.1" {
		return nil, malformed
	}
	header, err := reader.ReadMIMEHeader()
	if err != nil && err != io.EOF {
		return nil, malformed
	}
	body, err := io.ReadAll(reader.R)
	if err != nil {
		return nil, malformed
	}
	return s.innerCall(outer, words[0], words[1], http.Header(header), bytes.TrimSpace(body))
}

func (s *Sim) innerCall(outer *call, method, address string, header http.Header, body []byte) (*call, error) {
	if header == nil {
		header = http.Header{}
	}
	at, err := url.Parse(address)
	if err != nil {
		return nil, badRequest(codeInvalidArgument, "The address of a request in the batch is malformed.")
	}
	who := outer.who
	if header.Get("CallerObjectId")+header.Get("MSCRMCallerID") != "" {
		s.mu.Lock()
		who, err = s.impersonate(outer.real(), header)
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
	}
	resource := at.Path
	if i := strings.Index(resource, apiRoot); i >= 0 {
		_, resource, _ = strings.Cut(resource[i+len(apiRoot):], "/")
	}
	segments, err := parsePath(resource)
	if err != nil {
		return nil, err
	}
	if segments[0].name == "$batch" {
		return nil, badRequest(codeInvalidArgument, "Batches can't be nested.")
	}
	query, err := queryString(at.RawQuery)
	if err != nil {
		return nil, err
	}
	return &call{Sim: s, base: outer.base, method: method, path: segments, at: resource, query: query, header: header, body: body, who: who}, nil
}

// real is the user whose token the request carries.
func (c *call) real() string {
	if c.who.caller != "" {
		return c.who.caller
	}
	return c.who.user
}

// resolveRef replaces "$1" at the start of a path by the row that request 1 of the change set wrote.
func (c *call) resolveRef() error {
	address, known := c.refs[c.path[0].name]
	if !strings.HasPrefix(c.path[0].name, "$") || c.refs == nil {
		return nil
	}
	if !known {
		return badRequest(codeInvalidArgument, "The Content-ID reference '%s' names no earlier request.", c.path[0].name)
	}
	segments, err := parsePath(strings.TrimPrefix(address, c.base))
	if err == nil {
		c.path = append(segments, c.path[1:]...)
	}
	return err
}

func writePart(writer *multipart.Writer, part batchPart, answers []*answer, failed bool) {
	if !part.changeSet || failed {
		writeInner(writer, answers[0], "")
		return
	}
	boundary := "changesetresponse_" + uuid.NewString()
	outer, _ := writer.CreatePart(textproto.MIMEHeader{"Content-Type": {"multipart/mixed; boundary=" + boundary}})
	inner := multipart.NewWriter(outer)
	_ = inner.SetBoundary(boundary)
	for i, one := range answers {
		writeInner(inner, one, part.calls[i].header.Get("Content-ID"))
	}
	_ = inner.Close()
}

func writeInner(writer *multipart.Writer, a *answer, contentID string) {
	header := textproto.MIMEHeader{"Content-Type": {"application/http"}, "Content-Transfer-Encoding": {"binary"}}
	if contentID != "" {
		header.Set("Content-ID", contentID)
	}
	part, _ := writer.CreatePart(header)
	fmt.Fprintf(part, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	body := a.bytes()
	if body != nil && a.header.Get("Content-Type") == "" {
		a.header.Set("Content-Type", "application/json; odata.metadata=minimal")
	}
	a.header.Set("OData-Version", "4.0")
	_ = a.header.Write(part)
	fmt.Fprintf(part, "\r\n%s\r\n", body)
}
