package servicenow

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
)

// Sizes of one item of a batch (servicenow.md 4.10).
const (
	maxBatchItem   = 5 << 20
	maxBatchAnswer = 10 << 20
)

type batchItem struct {
	ID      string        `json:"id"`
	Method  string        `json:"method"`
	URL     string        `json:"url"`
	Headers []batchHeader `json:"headers"`
	Body    string        `json:"body"` // base64
}

type batchHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// batchAPI serves POST /api/now/v1/batch: the items run one after the other, each on its own; no transaction.
func (s *Sim) batchAPI(c *call) reply {
	if c.method != http.MethodPost {
		return wrongMethod(c)
	}
	if err := c.sendsJSON(); err != nil {
		return failed(err)
	}
	var batch struct {
		ID    string      `json:"batch_request_id"`
		Items []batchItem `json:"rest_requests"`
	}
	if err := json.Unmarshal(c.body, &batch); err != nil {
		return failed(unreadable("Invalid JSON: " + err.Error()))
	}
	serviced, unserviced := []map[string]any{}, []string{}
	for _, item := range batch.Items {
		if answer, ok := s.serveItem(c, item); ok {
			serviced = append(serviced, answer)
		} else {
			unserviced = append(unserviced, item.ID)
		}
	}
	return jsonReply(http.StatusOK, map[string]any{
		"batch_request_id": batch.ID, "serviced_requests": serviced, "unserviced_requests": unserviced})
}

func (s *Sim) serveItem(c *call, item batchItem) (map[string]any, bool) {
	body, err := base64.StdEncoding.DecodeString(item.Body)
	if err != nil || len(body) > maxBatchItem {
		return nil, false
	}
	request, err := http.NewRequest(item.Method, item.URL, bytes.NewReader(body))
	if err != nil {
		return nil, false
	}
	for _, h := range item.Headers {
		request.Header.Set(h.Name, h.Value)
	}
	inner := newCall(request, body)
	inner.by = c.by
	if inner.segment(1) == "batch" {
		return nil, false
	}
	answer := s.route(inner)
	if len(answer.body) > maxBatchAnswer {
		return nil, false
	}
	headers := []batchHeader{}
	for name, values := range answer.header {
		headers = append(headers, batchHeader{name, values[0]})
	}
	return map[string]any{"id": item.ID, "status_code": answer.status, "status_text": http.StatusText(answer.status),
		"body": base64.StdEncoding.EncodeToString(answer.body), "headers": headers, "execution_time": strconv.Itoa(1)}, true
}
