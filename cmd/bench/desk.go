package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"example.com/lifeline/api"
	"example.com/lifeline/sandbox"
	"example.com/lifeline/support"
)

// incident adds an incident to press on.
func (b *bench) incident() (string, error) {
	return b.world.ServiceNow.AddIncident(map[string]string{
		"short_description": "The screen stays dark", "caller_id": b.caller, "assigned_to": b.agent["id"], "state": "2",
	})
}

func (b *bench) incidents(count int) ([]string, error) {
	list := make([]string, count)
	for i := range list {
		var err error
		if list[i], err = b.incident(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func workflowID(incident string) string {
	return support.SessionWorkflowID(support.RecordRef{Connection: connection, Type: "incident", ID: incident})
}

// press presses the button on an incident as ServiceNow does, and gives the PIN.
func (b *bench) press(ctx context.Context, incident string) (string, error) {
	path := "/v1/connections/" + connection + "/records/incident/" + incident + "/session"
	body, err := json.Marshal(map[string]any{"agent": b.agent})
	if err != nil {
		return "", err
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	var answer struct{ Code string }
	err = b.post(ctx, path, body, map[string]string{
		"Content-Type": "application/json", "X-Lifeline-Timestamp": stamp, "X-Lifeline-Key-Id": sandbox.SigningKeyID,
		"X-Lifeline-Signature": api.Sign(support.Secret(sandbox.SigningSecret(connection)), stamp, http.MethodPost, path, body),
	}, &answer)
	if err == nil && answer.Code == "" {
		err = fmt.Errorf("the press on %s brought no PIN", incident)
	}
	return answer.Code, err
}

// mostPresses is how often an agent presses who is told that the engine did not answer in time.
const mostPresses = 5

// pressAgain is press for a loaded machine: 503 asks for another try.
func (b *bench) pressAgain(ctx context.Context, incident string) (string, error) {
	for tries := 1; ; tries++ {
		code, err := b.press(ctx, incident)
		var refused statusError
		if !errors.As(err, &refused) || refused.status != http.StatusServiceUnavailable || tries == mostPresses {
			return code, err
		}
		b.repeated.Add(1)
	}
}

// statusError is an answer that refuses.
type statusError struct {
	status int
	body   []byte
}

// Error tells the answer whole.
func (e statusError) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.body) }

// post sends a request to Lifeline and reads the answer, as JSON where it is wanted.
func (b *bench) post(ctx context.Context, path string, body []byte, headers map[string]string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+b.address+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := b.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode >= http.StatusBadRequest:
		return statusError{response.StatusCode, raw}
	case into == nil:
		return nil
	}
	return json.Unmarshal(raw, into)
}

// rows counts the session rows that fit an encoded query of ServiceNow.
func (b *bench) rows(query string) int {
	return len(b.world.ServiceNow.List(b.world.ServiceNow.SessionTable(), query))
}
