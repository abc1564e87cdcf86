package servicenow

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func (b *bench) attach(table, id, name, contents string) answered {
	query := url.Values{"table_name": {table}, "table_sys_id": {id}, "file_name": {name}}
	request := b.request("POST", "/api/now/attachment/file?"+query.Encode(), contents)
	request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	return b.do(request)
}

func TestAFileIsAttachedListedReadAndDeleted(t *testing.T) {
	b := open(t)
	id := b.demo.Incidents[0]
	a := b.attach("incident", id, "session-1-chat.txt", "héllo")
	require.Equal(t, 201, a.status, a.body)
	meta := a.row(t)
	require.Equal(t, "6", meta["size_bytes"])
	require.Equal(t, "incident", meta["table_name"])
	require.True(t, strings.HasSuffix(a.header.Get("Location"), "/api/now/attachment/"+meta["sys_id"].(string)))

	query := url.Values{"sysparm_query": {"table_sys_id=" + id + "^file_name=session-1-chat.txt"}}
	require.Len(t, b.call("GET", "/api/now/attachment?"+query.Encode(), nil).rows(t), 1)
	path := "/api/now/attachment/" + meta["sys_id"].(string)
	require.Equal(t, meta, b.call("GET", path, nil).row(t))
	file := b.call("GET", path+"/file", nil)
	require.Equal(t, "héllo", file.body)
	require.Equal(t, "text/plain; charset=utf-8", file.header.Get("Content-Type"))
	require.True(t, json.Valid([]byte(file.header.Get("X-Attachment-Metadata"))))
	require.Equal(t, []byte("héllo"), b.Attachments(id)[0].Contents)

	require.Equal(t, 204, b.call("DELETE", path, nil).status)
	require.Equal(t, 404, b.call("GET", path, nil).status)
	require.Empty(t, b.Attachments(id))
}

func TestAttachingNeedsAllParametersAndAVisibleRecord(t *testing.T) {
	b := open(t)
	id := b.demo.Incidents[0]
	require.Equal(t, 400, b.attach("incident", id, "", "x").status)
	require.Equal(t, 404, b.attach("incident", strings.Repeat("0", 32), "a.txt", "x").status)
	require.Equal(t, 400, b.attach("u_none", id, "a.txt", "x").status)
	b.SetVisible(id, false)
	require.Equal(t, 404, b.attach("incident", id, "a.txt", "x").status)
}

func TestAFileLargerThanThePropertyIsRefused(t *testing.T) {
	b := open(t)
	b.SetProperty("com.glide.attachment.max_size", "0")
	require.Equal(t, 400, b.attach("incident", b.demo.Incidents[0], "a.txt", "x").status)
}

func (b *bench) upload(parts ...[2]string) answered {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, part := range parts {
		disposition := `form-data; name="` + part[0] + `"`
		if part[0] == "file" {
			disposition += `; filename="b.txt"`
		}
		w, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}})
		require.NoError(b.t, err)
		_, err = w.Write([]byte(part[1]))
		require.NoError(b.t, err)
	}
	require.NoError(b.t, form.Close())
	request := b.request("POST", "/api/now/attachment/upload", body.String())
	request.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(request)
}

func TestInAFormTheFileMustComeLast(t *testing.T) {
	b := open(t)
	table, id, file := [2]string{"table_name", "incident"}, [2]string{"table_sys_id", b.demo.Incidents[0]}, [2]string{"file", "contents"}
	require.Equal(t, 201, b.upload(table, id, file).status)
	require.Equal(t, 400, b.upload(file, table, id).status)
	require.Equal(t, 400, b.upload(table, id).status)
	require.Equal(t, "b.txt", b.Attachments(b.demo.Incidents[0])[0].Name)
}
