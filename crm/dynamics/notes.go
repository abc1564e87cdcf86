package dynamics

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"

	"example.com/lifeline/support"
)

// Lengths of a note's columns (dynamics.md 2.6).
const (
	noteSubjectLength = 500
	noteTextLength    = 100000
)

// AddNote implements support.CRM. The note's id is derived from its marker, so that a second try is answered with
// "it is there already", which is success.
func (c *CRM) AddNote(ctx context.Context, note support.Note) error {
	at, err := c.locate(note.Record)
	if err != nil {
		return err
	}
	_, err = c.create(ctx, call{path: "annotations", as: note.Agent.ID, body: map[string]any{
		"annotationid":                         derivedID("note", note.Marker),
		"subject":                              fit(note.Subject, noteSubjectLength),
		"notetext":                             fit(note.Text, noteTextLength),
		"objectid_" + at.ref.Type + bindSuffix: "/" + at.path,
	}})
	return err
}

// Attach implements support.CRM: a note with a document, once under the record and name.
func (c *CRM) Attach(ctx context.Context, attachment support.Attachment) error {
	at, err := c.locate(attachment.Record)
	if err != nil {
		return err
	}
	if len(attachment.Contents) > c.cfg.MaxAttachment {
		text := fmt.Sprintf("the file has %d bytes, more than the %d that may be attached: raise the limit there and here", len(attachment.Contents), c.cfg.MaxAttachment)
		return support.NeedsAttention(support.CodeConfiguration, text, nil)
	}
	body := document(attachment.Name, attachment.Type, attachment.Contents)
	body["annotationid"] = derivedID("file", at.path+"/"+attachment.Name)
	body["objectid_"+at.ref.Type+bindSuffix] = "/" + at.path
	_, err = c.create(ctx, call{path: "annotations", body: body})
	return err
}

func document(name, mediaType string, contents []byte) map[string]any {
	return map[string]any{
		"subject":      fit(name, noteSubjectLength),
		"isdocument":   true,
		"filename":     name,
		"mimetype":     mediaType,
		"documentbody": base64.StdEncoding.EncodeToString(contents),
	}
}

// saveChatFile keeps a chat that is too long for its column as one file on the session row, replaced as the chat
// grows. It is the one PATCH that may create: its id is ours, so making and replacing are the same call
// (dynamics.md 2.3). A chat beyond the attachment's limit is cut there.
func (c *CRM) saveChatFile(ctx context.Context, rowID, chat string) error {
	contents := []byte(chat)
	if len(contents) > c.cfg.MaxAttachment {
		whole := bytes.ToValidUTF8(contents[:c.cfg.MaxAttachment-len(ellipsis)], nil) // without half a character
		contents = append(whole, ellipsis...)
	}
	body := document("chat.txt", "text/plain", contents)
	body["objectid_"+c.names.of(Sessions.Name)+bindSuffix] = "/" + row(c.names.set(Sessions), rowID)
	_, err := c.do(ctx, call{method: http.MethodPatch, path: row("annotations", derivedID("chat", rowID)), body: body,
		accept: []int{http.StatusNoContent}})
	return err
}
