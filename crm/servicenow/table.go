package servicenow

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"example.com/lifeline/support"
)

// values are the fields of a write. All of them are strings on the wire.
type values map[string]string

// listing is an answer with rows.
type listing struct {
	rows   []row
	header http.Header
}

func tablePath(parts ...string) string {
	path := "/api/now/table"
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// plain are the parameters that go with every call on tables: chosen fields, stored values, bare references.
func plain(fields []string) url.Values {
	return url.Values{
		"sysparm_fields":                 {strings.Join(fields, ",")},
		"sysparm_display_value":          {"false"},
		"sysparm_exclude_reference_link": {"true"},
	}
}

var sysID = regexp.MustCompile(`^[0-9a-f]{32}$`)

func checkID(id string) error {
	if !sysID.MatchString(id) {
		return support.Stopped(support.CodeInvalid, "an id in ServiceNow has 32 hexadecimal digits", nil)
	}
	return nil
}

// read gets one row by its sys_id.
func (c *CRM) read(ctx context.Context, table, id string, fields ...string) (row, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	return c.one(ctx, call{method: http.MethodGet, path: tablePath(table, id), query: plain(with(fields, "sys_id")), about: table}, id)
}

// list gets rows. It is the caller's to check that each row carries what was asked for: an invalid part of a query is
// ignored by ServiceNow (servicenow.md 4.3).
func (c *CRM) list(ctx context.Context, table string, f *filter, limit int, fields ...string) (listing, error) {
	encoded, err := f.encode()
	if err != nil {
		return listing{}, err
	}
	query := plain(with(fields, "sys_id"))
	query.Set("sysparm_query", encoded)
	query.Set("sysparm_limit", strconv.Itoa(limit))
	answer, err := c.send(ctx, call{method: http.MethodGet, path: tablePath(table), query: query, about: table})
	if err != nil {
		return listing{}, err
	}
	rows, err := decode[[]row](table, answer)
	if err != nil {
		return listing{}, err
	}
	return listing{rows: rows, header: answer.Header}, nil
}

// matching lists at most two rows and keeps those whose key field really holds the value, compared without case as
// the databases do.
func (c *CRM) matching(ctx context.Context, table string, f *filter, key, value string, fields ...string) ([]row, error) {
	found, err := c.list(ctx, table, f, 2, with(fields, key)...)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, r := range found.rows {
		if strings.EqualFold(r.get(key), value) && r.get("sys_id") != "" {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// insert creates a row and returns the echoed fields.
func (c *CRM) insert(ctx context.Context, table string, v values, echo ...string) (row, error) {
	return c.write(ctx, http.MethodPost, tablePath(table), table, "", v, echo)
}

// update changes the fields named in v and returns the echoed fields.
func (c *CRM) update(ctx context.Context, table, id string, v values, echo ...string) (row, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	return c.write(ctx, http.MethodPatch, tablePath(table, id), table, id, v, echo)
}

func (c *CRM) write(ctx context.Context, method, path, table, id string, v values, echo []string) (row, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, support.NeedsAttention(support.CodeInvalid, "the values for "+table+" cannot be written as JSON", err)
	}
	return c.one(ctx, call{method: method, path: path, query: plain(with(echo, "sys_id")), body: body, media: jsonType, about: table}, id)
}

// one makes a call that answers a single row and checks that it is the row asked for; an empty id takes any.
func (c *CRM) one(ctx context.Context, k call, id string) (row, error) {
	answer, err := c.send(ctx, k)
	if err != nil {
		return nil, err
	}
	r, err := decode[row](k.about, answer)
	if err != nil {
		return nil, err
	}
	if got := r.get("sys_id"); got == "" || id != "" && !strings.EqualFold(got, id) {
		return nil, notData(k.about, remark("the answer is about another row"))
	}
	return r, nil
}

// kept compares the echo of a write with what was sent: a choice that the instance does not know is stored blank
// without an error (servicenow.md 4.1).
func kept(table string, sent values, echoed row, fields ...string) error {
	for _, field := range fields {
		switch {
		case sent[field] == "":
		case !echoed.has(field):
			return support.NeedsAttention(support.CodeConfiguration, "the field "+field+" of "+table+" is missing or hidden from the service account", nil)
		case echoed.get(field) == "":
			return support.NeedsAttention(support.CodeMapping, "ServiceNow does not know the value “"+clip(sent[field], 100)+"” for "+field+" of "+table, nil)
		}
	}
	return nil
}

func with(fields []string, more ...string) []string {
	return append(append([]string{}, more...), fields...)
}
