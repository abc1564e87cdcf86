package dynamics

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"

	"github.com/google/uuid"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// batchItem is one write of a batch.
type batchItem struct {
	path string
	body map[string]any
}

// batch sends upserts in one $batch, each on its own and none in a change set: one bad row does not hold up the others
// (dynamics.md 2.8). The first failure that needs a human is answered before those that pass by themselves.
func (c *CRM) batch(ctx context.Context, items []batchItem) error {
	body, contentType, err := c.encodeBatch(items)
	if err != nil {
		return err
	}
	answer, err := c.do(ctx, call{method: http.MethodPost, path: "$batch", body: body, slow: true, accept: []int{http.StatusOK},
		header: http.Header{"Content-Type": {contentType}, "Prefer": {"odata.continue-on-error"}}})
	if err != nil {
		return err
	}
	parts, err := readBatch(answer)
	if err != nil {
		return unreadable(err)
	}
	if len(parts) != len(items) {
		return unreadable(fmt.Errorf("%d answers to %d requests", len(parts), len(items)))
	}
	return c.worstOf(parts)
}

func (c *CRM) worstOf(parts []outbound.Answer) error {
	var worst error
	for _, part := range parts {
		if part.Status < 300 {
			continue
		}
		failure := classify(part, c.now(), false)
		if failure.Kind != support.Retry {
			return failure
		}
		if worst == nil {
			worst = failure
		}
	}
	return worst
}

func (c *CRM) encodeBatch(items []batchItem) (body []byte, contentType string, err error) {
	root, err := url.Parse(c.base)
	if err != nil {
		return nil, "", support.NeedsAttention(support.CodeConfiguration, "the environment's address cannot be used", nil)
	}
	var buffer bytes.Buffer
	writer := multipart.NewWriter(&buffer)
	_ = writer.SetBoundary("batch_" + uuid.NewString())
	header := textproto.MIMEHeader{"Content-Type": {"application/http"}, "Content-Transfer-Encoding": {"binary"}}
	for _, item := range items {
		encoded, err := json.Marshal(item.body)
		if err != nil {
			return nil, "", support.Stopped(support.CodeInvalid, "the values cannot be sent as JSON", nil)
		}
		part, _ := writer.CreatePart(header) // a buffer takes everything
		fmt.Fprintf(part, "PATCH %s%s HTTP/1.1\r\nContent-Type: application/json; charset=utf-8\r\n\r\n%s\r\n", root.Path, item.path, encoded)
	}
	_ = writer.Close()
	return buffer.Bytes(), "multipart/mixed; boundary=" + writer.Boundary(), nil
}

// readBatch takes the answers out of a multipart body, in order.
func readBatch(answer outbound.Answer) ([]outbound.Answer, error) {
	mediaType, params, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/mixed" {
		return nil, errors.New("the batch's answer is not multipart/mixed")
	}
	reader := multipart.NewReader(bytes.NewReader(answer.Body), params["boundary"])
	var parts []outbound.Answer
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		response, err := http.ReadResponse(bufio.NewReader(part), nil)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		_ = response.Body.Close()
		if err != nil {
			return nil, err
		}
		parts = append(parts, outbound.Answer{Status: response.StatusCode, Header: response.Header, Body: body})
	}
}
