package dataverse

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// call is one request to the API, alone or out of a batch. It runs with the lock held.
type call struct {
	*Sim
	base   string // service root with trailing slash
	method string
	path   []segment
	at     string // the resource path as the client wrote it, below base
	query  url.Values
	header http.Header
	body   []byte
	who    principal
	tx     *tx
	refs   map[string]string // Content-ID to address, within a change set
}

// answer is what a call gives back. A nil body writes none.
type answer struct {
	status int
	header http.Header
	body   any
}

func reply(status int, body any) *answer {
	return &answer{status: status, header: http.Header{}, body: body}
}

func (a *answer) with(name, value string) *answer {
	a.header.Set(name, value)
	return a
}

// bytes encodes the body: JSON, but plain text for $count.
func (a *answer) bytes() []byte {
	switch body := a.body.(type) {
	case nil:
		return nil
	case string:
		return []byte(body)
	default:
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(body) // maps, slices and scalars only
		return bytes.TrimSpace(out.Bytes())
	}
}

func (c *call) failed(err error) *answer {
	failure := asFailure(err)
	detail := object{"code": failure.Code, "message": failure.Message}
	if c.annotations().want("Microsoft.PowerApps.CDS.HelpLink") {
		detail["@Microsoft.PowerApps.CDS.HelpLink"] = "http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException"
		detail["@Microsoft.PowerApps.CDS.TraceText"] = ""
		detail["@Microsoft.PowerApps.CDS.InnerError.Message"] = failure.Message
	}
	return reply(failure.Status, object{"error": detail})
}

// preferences splits all Prefer headers into name and value; quotes are dropped.
func (c *call) preferences() map[string]string {
	prefs := map[string]string{}
	for _, item := range splitQuoted(strings.Join(c.header.Values("Prefer"), ",")) {
		name, value, _ := strings.Cut(strings.TrimSpace(item), "=")
		prefs[strings.ToLower(name)] = strings.Trim(value, `"`)
	}
	return prefs
}

// splitQuoted splits at commas outside of double quotes.
func splitQuoted(value string) []string {
	inQuotes := false
	return strings.FieldsFunc(value, func(c rune) bool {
		if c == '"' {
			inQuotes = !inQuotes
		}
		return c == ',' && !inQuotes
	})
}

func (c *call) annotations() annotations {
	value, ok := c.preferences()["odata.include-annotations"]
	if !ok {
		return nil
	}
	return strings.Split(value, ",")
}

func (c *call) wantsRepresentation() bool { return c.preferences()["return"] == "representation" }

// pageSize is the size the client prefers, at most 5000 (reference 2.1).
func (c *call) pageSize() int {
	const most = 5000
	size, err := strconv.Atoi(c.preferences()["odata.maxpagesize"])
	if err != nil || size < 1 || size > most {
		return most
	}
	return size
}

// applied tells the client which preferences were honoured.
func (c *call) applied(a *answer) *answer {
	var names []string
	for name, value := range c.preferences() {
		switch name {
		case "return", "odata.maxpagesize":
			names = append(names, name+"="+value)
		case "odata.include-annotations":
			names = append(names, name+`="`+value+`"`)
		}
	}
	if len(names) > 0 && a.status < 300 {
		slices.Sort(names)
		a.header.Set("Preference-Applied", strings.Join(names, ","))
	}
	return a
}

// json decodes the body as an object, keeping numbers exact.
func (c *call) json() (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.UseNumber()
	var body object
	if err := decoder.Decode(&body); err != nil || body == nil {
		return nil, badRequest(codePayload, "Error identified in Payload provided by the user: the body is not a JSON object.")
	}
	return body, nil
}

func (c *call) onlyMethod(method string) error {
	if c.method != method {
		return fail(http.StatusMethodNotAllowed, codeProperty, "The requested resource does not support http method '%s'.", c.method)
	}
	return nil
}
