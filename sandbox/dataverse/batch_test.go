package dataverse_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

const batchType = `Content-Type: multipart/mixed; boundary="batch_x"`

func inner(request string) string {
	return "Content-Type: application/http\nContent-Transfer-Encoding: binary\n\n" + request + "\n"
}

func changeSet(requests ...string) string {
	body := "Content-Type: multipart/mixed; boundary=changeset_x\n\n"
	for _, request := range requests {
		body += "--changeset_x\n" + request
	}
	return body + "--changeset_x--\n"
}

func batchOf(parts ...string) string {
	body := ""
	for _, part := range parts {
		body += "--batch_x\n" + part
	}
	return body + "--batch_x--\n"
}

func create(id, lastName string) string {
	return strings.Replace(inner("POST /api/data/v9.2/contacts HTTP/1.1\nContent-Type: application/json\n\n{\"lastname\":\""+lastName+"\"}"),
		"\n\n", "\nContent-ID: "+id+"\n\n", 1)
}

func TestBatchTakesBothLineEndsAndBothKindsOfAddress(t *testing.T) {
	w := open(t)
	for _, address := range []string{"/api/data/v9.2/", w.url + "/api/data/v9.2/", ""} {
		body := batchOf(inner("GET "+address+"accounts?$select=name HTTP/1.1\nAccept: application/json\n"), inner("GET "+address+"WhoAmI HTTP/1.1\n"))
		for _, text := range []string{body, strings.ReplaceAll(body, "\n", "\r\n")} {
			done := w.post("$batch", text, batchType).Is(200)
			assert.Contains(t, done.Header.Get("Content-Type"), "multipart/mixed; boundary=batchresponse_")
			assert.Equal(t, 2, strings.Count(done.Text, "HTTP/1.1 200 OK\r\n"), done.Text)
			assert.Contains(t, done.Text, "Contoso Bakery")
		}
	}
}

func TestChangeSetIsAllOrNothing(t *testing.T) {
	w := open(t)
	bad := inner("PATCH /api/data/v9.2/contacts(" + dataverse.DemoOther + ") HTTP/1.1\nContent-Type: application/json\n\n{\"Nonsense\":1}")
	failed := w.post("$batch", batchOf(changeSet(create("1", "Lost"), bad), inner("GET accounts HTTP/1.1\n")), batchType).Is(400)
	assert.Contains(t, failed.Text, "0x80048d19")
	assert.NotContains(t, failed.Text, "changesetresponse")
	assert.Equal(t, 1, strings.Count(failed.Text, "HTTP/1.1 "), "the batch stops at the first failure")
	assert.Empty(t, w.rows("contact", "lastname eq 'Lost'"))

	goesOn := w.post("$batch", batchOf(changeSet(create("1", "Lost"), bad), inner("GET accounts HTTP/1.1\n")), batchType, "Prefer: odata.continue-on-error").Is(200)
	assert.Equal(t, 2, strings.Count(goesOn.Text, "HTTP/1.1 "))
}

func TestChangeSetRefersToEarlierRows(t *testing.T) {
	w := open(t)
	byBind := inner("POST contacts HTTP/1.1\nContent-Type: application/json\n\n{\"lastname\":\"Child\",\"parentcustomerid_contact@odata.bind\":\"$1\"}")
	byPath := inner("PATCH $1 HTTP/1.1\nContent-Type: application/json\n\n{\"firstname\":\"Named\"}")
	done := w.post("$batch", batchOf(changeSet(create("1", "Parent"), byBind, byPath)), batchType).Is(200)
	assert.Contains(t, done.Text, "changesetresponse_")
	assert.Contains(t, done.Text, "Content-Id: 1")
	parent := w.rows("contact", "lastname eq 'Parent'")
	require.Len(t, parent, 1)
	assert.Equal(t, "Named Parent", parent[0].Text("fullname"))
	assert.Equal(t, parent[0].Text("contactid"), w.rows("contact", "lastname eq 'Child'")[0].Text("_parentcustomerid_value"))
}

func TestRequestsOfABatchImpersonateOnTheirOwn(t *testing.T) {
	w := open(t)
	done := w.post("$batch", batchOf(inner("GET WhoAmI HTTP/1.1\nCallerObjectId: "+danaObject+"\n"), inner("GET WhoAmI HTTP/1.1\n")), batchType).Is(200)
	assert.Equal(t, 1, strings.Count(done.Text, dataverse.DemoDana))
	done = w.post("$batch", batchOf(inner("GET WhoAmI HTTP/1.1\nMSCRMCallerID: "+dataverse.DemoSam+"\n")), batchType, "CallerObjectId: "+danaObject).Is(200)
	assert.Contains(t, done.Text, dataverse.DemoSam)
}

func TestMalformedBatchesAreRefused(t *testing.T) {
	w := open(t)
	get := inner("GET accounts HTTP/1.1\n")
	for name, body := range map[string]string{
		"a read in a change set": batchOf(changeSet(get)),
		"a nested batch":         batchOf(inner("POST $batch HTTP/1.1\n")),
		"no request":             "--batch_x--\n",
		"no request line":        batchOf(inner("accounts")),
		"an unknown reference":   batchOf(changeSet(inner("PATCH $7 HTTP/1.1\nContent-Type: application/json\n\n{}"))),
		"too many requests":      batchOf(strings.Split(strings.Repeat(get+"|", 1001), "|")[:1001]...),
	} {
		t.Run(name, func(t *testing.T) { w.post("$batch", body, batchType).Is(400) })
	}
	w.post("$batch", "{}").Refused(400, "0x80040203")
}
