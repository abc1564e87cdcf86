package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"example.com/lifeline/api"
	simservicenow "example.com/lifeline/sandbox/servicenow"
	"example.com/lifeline/support"
)

// pressServiceNow does what the UI action's script does: it signs the request and shows the answer.
func (w *World) pressServiceNow(ctx context.Context, connection string, press simservicenow.Press) (simservicenow.Result, error) {
	body, err := json.Marshal(map[string]any{
		"number": press.Number,
		"agent":  map[string]string{"id": press.UserID, "name": press.User.Name, "userName": press.User.UserName, "email": press.User.Email},
	})
	if err != nil {
		return simservicenow.Result{}, err
	}
	path := fmt.Sprintf("/v1/connections/%s/records/%s/%s/session", url.PathEscape(connection), press.Table, press.SysID)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.options.API+path, bytes.NewReader(body))
	if err != nil {
		return simservicenow.Result{}, err
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Lifeline-Timestamp", stamp)
	request.Header.Set("X-Lifeline-Key-Id", SigningKeyID)
	request.Header.Set("X-Lifeline-Signature", api.Sign(support.Secret(SigningSecret(connection)), stamp, http.MethodPost, path, body))
	return answerOf(http.DefaultClient.Do(request))
}

func answerOf(response *http.Response, err error) (simservicenow.Result, error) {
	if err != nil {
		return simservicenow.Result{}, errors.New("no answer from Lifeline")
	}
	defer response.Body.Close()
	var answer struct {
		Code         string    `json:"code"`
		CustomerLink string    `json:"customerLink"`
		PanelURL     string    `json:"panelUrl"`
		ExpiresAt    time.Time `json:"expiresAt"`
		Detail       string    `json:"detail"`
		SignInURL    string    `json:"signInUrl"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&answer); err != nil {
		return simservicenow.Result{}, fmt.Errorf("an unreadable answer from Lifeline: %s", response.Status)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return simservicenow.Result{SignInURL: answer.SignInURL}, errors.New(answer.Detail)
	}
	return simservicenow.Result{PIN: answer.Code, Link: answer.CustomerLink, PanelURL: answer.PanelURL, ExpiresAt: answer.ExpiresAt}, nil
}
