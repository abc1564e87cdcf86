package servicenow

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// call is one request of a machine, read completely.
type call struct {
	method   string
	path     string   // without the version
	segments []string // of the path below /api/
	version  string   // "", "v1" or "v2"
	query    url.Values
	header   http.Header
	body     []byte
	by       actor
}

// reply is an answer before it is written, so that faults and batches can work on it.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func newCall(r *http.Request, body []byte) *call {
	c := &call{method: r.Method, path: r.URL.Path, query: r.URL.Query(), header: r.Header, body: body}
	if method := r.Header.Get("X-HTTP-Method-Override"); method != "" && r.Method == http.MethodPost {
		c.method = strings.ToUpper(method)
	}
	if c.method == http.MethodHead {
		c.method = http.MethodGet
	}
	for _, version := range []string{"v1", "v2"} {
		if rest, ok := strings.CutPrefix(c.path, "/api/now/"+version+"/"); ok {
			c.version, c.path = version, "/api/now/"+rest
		}
	}
	if rest, ok := strings.CutPrefix(c.path, "/api/"); ok {
		c.segments = strings.Split(strings.Trim(rest, "/"), "/")
	}
	return c
}

// segment returns the n-th part of the path below /api/, or "".
func (c *call) segment(n int) string {
	if n < len(c.segments) {
		return c.segments[n]
	}
	return ""
}

// flag reads a boolean parameter.
func (c *call) flag(name string) bool { return c.query.Get(name) == "true" }

func jsonReply(status int, value any) reply {
	body, err := json.Marshal(value)
	if err != nil {
		return failed(refuse(http.StatusInternalServerError, "Internal error", err.Error()))
	}
	return reply{status: status, header: http.Header{"Content-Type": {"application/json;charset=UTF-8"}}, body: body}
}

func result(status int, value any) reply { return jsonReply(status, map[string]any{"result": value}) }

// failed makes the error envelope. Anything but a failure is the simulator's own limit and says so.
func failed(err error) reply {
	f, ok := err.(*failure)
	if !ok {
		f = refuse(http.StatusNotImplemented, "Not imitated", err.Error())
	}
	var detail any
	if f.detail != "" {
		detail = f.detail
	}
	return jsonReply(f.status, map[string]any{
		"error": map[string]any{"message": f.message, "detail": detail}, "status": "failure"})
}

// readsJSON checks the headers that every call must carry (servicenow.md 4.1).
func (c *call) readsJSON() error {
	accept := c.header.Get("Accept")
	if accept == "" {
		return unreadable("Missing header Accept")
	}
	for _, kind := range strings.Split(accept, ",") {
		kind, _, _ = strings.Cut(strings.TrimSpace(kind), ";")
		if kind == "application/json" || kind == "*/*" || kind == "application/*" {
			return nil
		}
	}
	return refuse(http.StatusNotAcceptable, "Not acceptable", "Requested response type is not supported: "+accept)
}

// sendsJSON checks the headers of a call with a JSON body.
func (c *call) sendsJSON() error {
	if err := c.readsJSON(); err != nil {
		return err
	}
	kind, _, _ := strings.Cut(c.header.Get("Content-Type"), ";")
	switch strings.TrimSpace(kind) {
	case "application/json":
		return nil
	case "":
		return unreadable("Missing header Content-Type")
	}
	return refuse(http.StatusUnsupportedMediaType, "Unsupported media type", "Request body type is not supported: "+kind)
}

// row decodes the body: one object of scalar values, which become strings. Of an array only the first element counts.
func (c *call) row() (Row, error) {
	var raw any
	decoder := json.NewDecoder(strings.NewReader(string(c.body)))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil {
		return nil, unreadable("Invalid JSON: " + err.Error())
	}
	if list, ok := raw.([]any); ok && len(list) > 0 {
		raw = list[0]
	}
	object, ok := raw.(map[string]any)
	if !ok {
		return nil, unreadable("The payload is not an object")
	}
	row := Row{}
	for name, value := range object {
		row[name] = asText(value)
	}
	return row, nil
}

// asText gives the string the platform stores for a JSON value.
func asText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return yesNo(v)
	}
	mangled, _ := json.Marshal(value)
	return string(mangled)
}
