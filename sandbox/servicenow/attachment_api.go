package servicenow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
)

// File is an attachment of a record.
type File struct {
	SysID    string `json:"sys_id"`
	Name     string `json:"file_name"`
	Type     string `json:"content_type"`
	Contents []byte `json:"contents"`
}

// attachmentAPI serves /api/now/attachment (servicenow.md 4.9).
func (s *Sim) attachmentAPI(c *call) reply {
	id, tail := c.segment(2), c.segment(3)
	switch {
	case c.method == http.MethodPost && id == "file":
		return s.attachRaw(c)
	case c.method == http.MethodPost && id == "upload":
		return s.attachForm(c)
	case c.method == http.MethodGet && id == "":
		return s.listAttachments(c)
	case c.method == http.MethodGet && tail == "file":
		return s.download(c, id)
	case c.method == http.MethodGet && tail == "":
		return s.attachmentMeta(c, id)
	case c.method == http.MethodDelete && id != "" && tail == "":
		return s.deleteAttachment(c, id)
	}
	return wrongMethod(c)
}

func (s *Sim) attachRaw(c *call) reply {
	file := File{Name: c.query.Get("file_name"), Type: c.header.Get("Content-Type"), Contents: c.body}
	if err := c.readsJSON(); err != nil {
		return failed(err)
	}
	return s.attach(c, c.query.Get("table_name"), c.query.Get("table_sys_id"), file)
}

// attachForm reads a multipart upload. The file must be the last part: what comes after it is not seen.
func (s *Sim) attachForm(c *call) reply {
	_, params, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return failed(refuse(http.StatusUnsupportedMediaType, "Unsupported media type", "multipart/form-data is required"))
	}
	fields := map[string]string{}
	reader := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		part, err := reader.NextPart()
		if err != nil {
			return failed(unreadable("No file in the form"))
		}
		contents, err := io.ReadAll(part)
		if err != nil {
			return failed(unreadable("The form was cut off"))
		}
		if part.FileName() == "" {
			fields[part.FormName()] = string(contents)
			continue
		}
		file := File{Name: part.FileName(), Type: part.Header.Get("Content-Type"), Contents: contents}
		return s.attach(c, fields["table_name"], fields["table_sys_id"], file)
	}
}

// attach stores a file on a record the caller may write.
func (s *Sim) attach(c *call, tableName, id string, file File) reply {
	if tableName == "" || id == "" || file.Name == "" {
		return failed(refuse(http.StatusBadRequest, "Missing required parameter", "table_name, table_sys_id and file_name are required"))
	}
	t, err := s.openTable(tableName)
	if err != nil {
		return failed(err)
	}
	rec, err := s.visible(c.by, t.name, id)
	if err != nil {
		return failed(noRecord())
	}
	if !s.may(c.by.name, rec.table, Write) {
		return failed(denied(Create))
	}
	if limit, err := strconv.Atoi(s.property("com.glide.attachment.max_size")); err == nil && len(file.Contents) > limit<<20 {
		return failed(unreadable("The file is larger than the instance allows"))
	}
	meta := s.storeFile(tableName, id, file, c.by.name)
	answer := result(http.StatusCreated, s.fileMeta(meta))
	answer.header.Set("Location", s.opts.Address+"/api/now/attachment/"+meta.row["sys_id"])
	return answer
}

func (s *Sim) storeFile(tableName, id string, file File, by string) *record {
	sum := sha256.Sum256(file.Contents)
	size := strconv.Itoa(len(file.Contents))
	rec := s.db.add(s.db.tables["sys_attachment"], Row{
		"file_name": cut(file.Name, 100), "content_type": file.Type, "table_name": tableName, "table_sys_id": id,
		"size_bytes": size, "size_compressed": size, "hash": hex.EncodeToString(sum[:])}, by)
	s.files[rec.row["sys_id"]] = slices.Clone(file.Contents)
	return rec
}

// fileMeta is the metadata of an attachment as the API shows it.
func (s *Sim) fileMeta(rec *record) map[string]string {
	meta := map[string]string{"download_link": s.opts.Address + "/api/now/attachment/" + rec.row["sys_id"] + "/file"}
	for _, c := range rec.table.columns {
		meta[c.Name] = rec.row[c.Name]
	}
	return meta
}

func (s *Sim) listAttachments(c *call) reply {
	if err := c.readsJSON(); err != nil {
		return failed(err)
	}
	found, err := s.search(s.db.tables["sys_attachment"], c.query.Get("sysparm_query"), s.environment(c.by))
	if err != nil {
		return failed(err)
	}
	list := []map[string]string{}
	for _, rec := range window(found, number(c.query, "sysparm_offset", 0), number(c.query, "sysparm_limit", 1000)) {
		if _, err := s.visible(c.by, rec.row["table_name"], rec.row["table_sys_id"]); err == nil {
			list = append(list, s.fileMeta(rec))
		}
	}
	return result(http.StatusOK, list)
}

// attachment finds an attachment whose record the caller may read.
func (s *Sim) attachment(c *call, id string) (*record, error) {
	rec, ok := s.db.find("sys_attachment", id)
	if !ok {
		return nil, noRecord()
	}
	if _, err := s.visible(c.by, rec.row["table_name"], rec.row["table_sys_id"]); err != nil {
		return nil, noRecord()
	}
	return rec, nil
}

func (s *Sim) attachmentMeta(c *call, id string) reply {
	rec, err := s.attachment(c, id)
	if err := firstError(c.readsJSON(), err); err != nil {
		return failed(err)
	}
	return result(http.StatusOK, s.fileMeta(rec))
}

func (s *Sim) download(c *call, id string) reply {
	rec, err := s.attachment(c, id)
	if err != nil {
		return failed(err)
	}
	meta, _ := json.Marshal(s.fileMeta(rec))
	return reply{status: http.StatusOK, body: s.files[id], header: http.Header{
		"Content-Type":          {rec.row["content_type"]},
		"Content-Disposition":   {mime.FormatMediaType("attachment", map[string]string{"filename": rec.row["file_name"]})},
		"X-Attachment-Metadata": {string(meta)},
	}}
}

func (s *Sim) deleteAttachment(c *call, id string) reply {
	rec, err := s.attachment(c, id)
	if err != nil {
		return failed(err)
	}
	if t, ok := s.db.table(rec.row["table_name"]); !ok || !s.may(c.by.name, t, Write) {
		return failed(denied(Delete))
	}
	s.db.remove(rec)
	delete(s.files, id)
	return reply{status: http.StatusNoContent, header: http.Header{}}
}
