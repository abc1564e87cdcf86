package servicenow

import (
	"context"
	"net/http"
	"net/url"

	"example.com/lifeline/support"
)

// attachmentPath is the Attachment API (servicenow.md 4.9).
const attachmentPath = "/api/now/attachment"

// Attach implements support.Records. The name makes it repeatable: a file of that name on the record is taken for ours.
func (c *CRM) Attach(ctx context.Context, file support.Attachment) error {
	if _, err := c.ticketAt(file.Record); err != nil {
		return err
	}
	there, err := c.attached(ctx, file)
	if err != nil || there {
		return err
	}
	query := url.Values{"table_name": {file.Record.Type}, "table_sys_id": {file.Record.ID}, "file_name": {file.Name}}
	_, err = c.one(ctx, call{
		method: http.MethodPost, path: attachmentPath + "/file", query: query,
		body: file.Contents, media: file.Type, about: "attachments of " + file.Record.Type,
	}, "")
	return err
}

func (c *CRM) attached(ctx context.Context, file support.Attachment) (bool, error) {
	encoded, err := where("table_sys_id", file.Record.ID).and("file_name", "=", file.Name).encode()
	if err != nil {
		return false, err
	}
	about := "attachments of " + file.Record.Type
	query := url.Values{"sysparm_query": {encoded}, "sysparm_limit": {"2"}}
	answer, err := c.send(ctx, call{method: http.MethodGet, path: attachmentPath, query: query, about: about})
	if err != nil {
		return false, err
	}
	rows, err := decode[[]row](about, answer)
	if err != nil {
		return false, err
	}
	for _, r := range rows {
		if r.get("table_sys_id") == file.Record.ID && r.get("file_name") == file.Name {
			return true, nil
		}
	}
	return false, nil
}
