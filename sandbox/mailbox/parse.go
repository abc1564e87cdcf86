package mailbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
)

// maxDepth bounds multiparts within multiparts.
const maxDepth = 5

// parse reads a letter (RFC 5322) with its first plain text and first HTML part (RFC 2045). Letters in character sets
// other than UTF-8 and ASCII are shown as they came.
func parse(raw []byte) (Mail, error) {
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, err
	}
	received := Mail{
		Header:    message.Header,
		Subject:   decoded(message.Header.Get("Subject")),
		From:      decoded(message.Header.Get("From")),
		To:        decoded(message.Header.Get("To")),
		MessageID: message.Header.Get("Message-ID"),
	}
	return received, received.read(textproto.MIMEHeader(message.Header), message.Body, 0)
}

func decoded(header string) string {
	text, err := new(mime.WordDecoder).DecodeHeader(header)
	if err != nil {
		return header
	}
	return text
}

func (m *Mail) read(header textproto.MIMEHeader, body io.Reader, depth int) error {
	mediaType, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		mediaType = "text/plain"
	}
	if strings.HasPrefix(mediaType, "multipart/") {
		return m.readParts(multipart.NewReader(body, parameters["boundary"]), depth+1)
	}
	content, err := io.ReadAll(transferDecoder(header.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(strings.ToValidUTF8(string(content), "\uFFFD"), "\r\n", "\n")
	switch {
	case mediaType == "text/html" && m.HTML == "":
		m.HTML = text
	case mediaType == "text/plain" && m.Text == "":
		m.Text = text
	}
	return nil
}

func (m *Mail) readParts(parts *multipart.Reader, depth int) error {
	if depth > maxDepth {
		return errors.New("parts nested too deep")
	}
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := m.read(part.Header, part, depth); err != nil {
			return err
		}
	}
}

func transferDecoder(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	default:
		return body
	}
}
