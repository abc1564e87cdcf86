package dynamics

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"

	"example.com/lifeline/support"
)

// systemJobFailed is the status reason of a failed system job (dynamics.md 1.3).
const systemJobFailed = 31

// keyRow is a table's alternate key as its metadata show it.
type keyRow struct {
	LogicalName string          `json:"LogicalName"`
	Columns     []string        `json:"KeyAttributes"`
	Status      string          `json:"EntityKeyIndexStatus"`
	Job         json.RawMessage `json:"AsyncJob"`
}

var guidForm = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// job is the id of the system job that builds the index. Whether it comes as a text or as a reference is not
// documented, so the id is taken out of either.
func (k keyRow) job() string { return guidForm.FindString(string(k.Job)) }

func (k keyRow) status() string {
	switch k.Status {
	case "Active":
		return support.KeyActive
	case "Failed":
		return support.KeyFailed
	}
	return support.KeyPending
}

// definition is the path of a table's metadata.
func definition(logicalName string) string {
	return "EntityDefinitions(LogicalName=" + literal(logicalName) + ")"
}

// keyOf reads a table's alternate key over its key column; found is false while there is none.
func (c *CRM) keyOf(ctx context.Context, table Table) (key keyRow, found bool, err error) {
	keys, _, err := getPage[keyRow](ctx, c, definition(c.names.of(table.Name))+"/Keys", nil, strong)
	if err != nil {
		return keyRow{}, false, err
	}
	at := slices.IndexFunc(keys, func(k keyRow) bool { return slices.Equal(k.Columns, []string{c.names.of(table.Key)}) })
	if at < 0 {
		return keyRow{}, false, nil
	}
	return keys[at], true, nil
}

func (c *CRM) sessionKey(ctx context.Context) (keyRow, error) {
	key, found, err := c.keyOf(ctx, Sessions)
	if support.HasCode(err, support.CodeNotFound) {
		return keyRow{}, support.NeedsAttention(support.CodeConfiguration, "the session table is missing: run `lifeline connect` for this connection", err)
	}
	if err == nil && !found {
		return keyRow{}, support.NeedsAttention(support.CodeConfiguration, "the session table has no session key: run `lifeline connect` for this connection", nil)
	}
	return key, err
}

// SessionKeyStatus implements support.KeyHealth.
func (c *CRM) SessionKeyStatus(ctx context.Context) (string, error) {
	key, err := c.sessionKey(ctx)
	if err != nil {
		return "", err
	}
	return key.status(), nil
}

// RepairSessionKey implements support.KeyHealth: the failed system job goes, then the key is reactivated
// (dynamics.md 5). A key that is active or still being built is left alone.
func (c *CRM) RepairSessionKey(ctx context.Context) error {
	key, err := c.sessionKey(ctx)
	if err != nil || key.status() == support.KeyActive {
		return err
	}
	jobFailed, err := c.removeFailedJob(ctx, key)
	if err != nil || (key.status() == support.KeyPending && !jobFailed) {
		return err
	}
	_, err = c.do(ctx, call{method: http.MethodPost, path: "ReactivateEntityKey", slow: true, accept: []int{http.StatusNoContent},
		body: map[string]any{"EntityLogicalName": c.names.of(Sessions.Name), "EntityKeyLogicalName": key.LogicalName}})
	if codeOf(err) == codeOnlyFailedKeys {
		return nil // somebody was faster
	}
	return err
}

func (c *CRM) removeFailedJob(ctx context.Context, key keyRow) (failed bool, err error) {
	id := key.job()
	if id == "" {
		return false, nil
	}
	job, err := get[struct {
		Status int `json:"statuscode"`
	}](ctx, c, row("asyncoperations", id), selecting([]string{"statuscode"}))
	if support.HasCode(err, support.CodeNotFound) || (err == nil && job.Status != systemJobFailed) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = c.do(ctx, call{method: http.MethodDelete, path: row("asyncoperations", id), accept: []int{http.StatusNoContent, http.StatusNotFound}})
	return true, err
}
