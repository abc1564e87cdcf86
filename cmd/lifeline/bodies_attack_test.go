package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Bodies that no vendor sends, and some that one might.

func (s *stage) endHook() string {
	return "/hooks/rescue/acme-sn/" + s.env["LIFELINE_ACME_SN_HOOK_SECRET"] + "?event=end"
}

func inUTF16(text string) string {
	var out bytes.Buffer
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		out.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	return out.String()
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	_, err := io.WriteString(writer, text)
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return out.String()
}

func TestBodiesThatNoVendorSendsAreRefused(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	deep := 1_000_000
	for name, it := range map[string]struct {
		contentType, body string
		status            int
	}{
		"ten megabytes":        {"application/json", `{"SessionID":1,"Notes":"` + strings.Repeat("x", 10<<20) + `"}`, http.StatusRequestEntityTooLarge},
		"deep JSON":            {"application/json", strings.Repeat(`{"a":`, deep), http.StatusBadRequest},
		"deep arrays":          {"application/json", strings.Repeat(`[`, deep), http.StatusBadRequest},
		"deep XML":             {"text/xml", strings.Repeat(`<a>`, deep), http.StatusBadRequest},
		"many attributes":      {"text/xml", "<a " + strings.Repeat(`b="c" `, deep/2) + ">", http.StatusBadRequest},
		"many fields":          {"application/x-www-form-urlencoded", "SessionID=1" + strings.Repeat("&a=b", 100_000), http.StatusBadRequest},
		"many JSON names":      {"application/json", `{"SessionID":1` + strings.Repeat(`,"a":1`, 100_000) + "}", http.StatusBadRequest},
		"JSON that breaks off": {"application/json", `{"SessionID":1,"Notes":"x`, http.StatusBadRequest},
		"nothing":              {"application/json", "", http.StatusBadRequest},
		"noughts":              {"application/json", strings.Repeat("\x00", 1000), http.StatusBadRequest},
		"an entity":            {"text/xml", `<!DOCTYPE a [<!ENTITY b "c">]><a><SessionID>1</SessionID></a>`, http.StatusBadRequest},
		"a zipped bomb":        {"application/json", zipped(t, `{"SessionID":1,"Notes":"`+strings.Repeat("x", 50<<20)+`"}`), http.StatusBadRequest},
	} {
		assert.Equal(t, it.status, s.postTo(s.endHook(), it.contentType, it.body), name)
	}
	assert.Zero(t, s.app.inbox.Depth())
}

func TestBodiesInUncommonWritingAreFiled(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	xml := `<?xml version="1.0" encoding="utf-16"?><Post><SessionID>%d</SessionID><Notes>Größe</Notes></Post>`
	for n, it := range []struct{ name, contentType, body string }{
		{"UTF-16 XML", "text/xml; charset=utf-16", inUTF16(fmt.Sprintf(xml, 3000))},
		{"UTF-16 XML without its mark", "text/xml", inUTF16(fmt.Sprintf(xml, 3001))[2:]},
		{"UTF-16 JSON", "application/json", inUTF16(`{"SessionID":3002,"Notes":"Größe"}`)},
		{"half a character at the end", "text/xml", inUTF16(fmt.Sprintf(xml, 3003)) + "\n"},
		{"noughts in JSON", "application/json", `{"SessionID":3004,"No\u0000tes":"Größe\u0000","Un\u0000heard\u0007":"\u0000x"}`},
		{"noughts in a form", "application/x-www-form-urlencoded", "SessionID=3005&Notes=Gr%C3%B6%C3%9Fe%00&Un%00heard=%00x"},
		{"noughts in XML", "text/xml", "<a><SessionID>3006</SessionID><Notes>Größe\x00&#0;</Notes></a>"},
		{"Latin letters", "application/x-www-form-urlencoded", "SessionID=3007&Notes=Gr%F6%DFe"},
		{"lone surrogates", "application/json", `{"SessionID":3008,"Notes":"Größe","ChatLog":"\ud83d alone \ude00"}`},
	} {
		if assert.Equal(t, http.StatusOK, s.postTo(s.endHook(), it.contentType, it.body), it.name) {
			row := s.vendorRow(int64(3000+n), "filed")
			assert.Equal(t, "Größe", row["notes"], it.name)
			assert.NotContains(t, row["fields"], `\u0000`, it.name)
		}
	}
	assert.Zero(t, s.app.inbox.Depth())
	assert.Zero(t, s.app.inbox.Dead())
}

// rawPost sends a request as it stands, ends it, and gives the status; 0 when there is no answer.
func (s *stage) rawPost(headers, body string, hangUp bool) int {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.env["LIFELINE_LISTEN"])
	require.NoError(s.t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST "+s.endHook()+" HTTP/1.1\r\nHost: api\r\nConnection: close\r\nContent-Type: application/json\r\n"+headers+"\r\n\r\n"+body)
	require.NoError(s.t, err)
	if hangUp {
		require.NoError(s.t, conn.(*net.TCPConn).CloseWrite())
	}
	answer, _ := io.ReadAll(conn)
	var status int
	_, _ = fmt.Sscanf(string(answer), "HTTP/1.1 %d", &status)
	return status
}

func TestBodiesOfAnotherLengthThanPromisedAreRefused(t *testing.T) {
	t.Parallel()
	s := play(t, nil)
	body := `{"SessionID":3101,"Notes":"x"}`
	assert.Equal(t, http.StatusBadRequest, s.rawPost("Content-Length: 500", body, true), "shorter")
	assert.Equal(t, http.StatusBadRequest, s.rawPost("Content-Length: 10", body, false), "longer")
	assert.Equal(t, http.StatusBadRequest, s.rawPost("Transfer-Encoding: chunked", "1e\r\n"+body+"\r\n", true), "chunks without an end")
	assert.Equal(t, http.StatusBadRequest, s.rawPost("Transfer-Encoding: chunked", "fffffffffffffffff\r\n"+body+"\r\n", true), "a chunk without bounds")
	assert.Equal(t, http.StatusBadRequest, s.rawPost("Transfer-Encoding: chunked\r\nContent-Length: 3", "zz\r\n"+body+"\r\n", true), "no chunks at all")
	assert.Equal(t, http.StatusOK, s.rawPost("Transfer-Encoding: chunked", "1e\r\n"+body+"\r\n0\r\n\r\n", false), "whole")
	s.vendorRow(3101, "filed")
}
