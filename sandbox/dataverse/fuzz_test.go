package dataverse

import (
	"context"
	"net/http"
	"testing"
)

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"a eq 'x''y' and not (b ne null)", "contains(a,'b')", "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['1'])",
		"a/b ge 2026-01-31T12:00:00Z or c lt -1.5", "@p1 eq 6d810000-0000-4000-8000-000000000001", "((((", "''''"} {
		f.Add(seed)
	}
	s := New(Options{})
	f.Fuzz(func(_ *testing.T, input string) {
		e, err := parseFilter(input, func(string) string { return "'x'" })
		if err == nil && wantKind(e, rowSubject{s, s.tables["incident"]}, kindBool) == nil {
			holds(e, rowSubject{s, s.tables["incident"]}.value(&row{}))
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"accounts(name='x',a=3)", "a(6d810000-0000-4000-8000-000000000001)/b/$ref", "F(Target=@p1)", "a('", "a(=,)", "()"} {
		f.Add(seed)
	}
	s := New(Options{Installed: true})
	f.Fuzz(func(_ *testing.T, input string) {
		segments, err := parsePath(input)
		if err == nil {
			_, _ = s.target(s.tables["lifeline_session"], segments[0])
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"$select=a,b&$expand=c($select=d;$top=1),e", "$orderby=a desc&$top=5", "$filter=a eq 1&@p=2", "$expand=a((", "%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, input string) {
		if values, err := queryString(input); err == nil {
			_, _ = parseQuery(values, false)
		}
	})
}

func FuzzBatch(f *testing.F) {
	f.Add("--b\nContent-Type: application/http\n\nGET accounts HTTP/1.1\n\n\n--b--\n")
	f.Add("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\n\r\nPOST $1 HTTP/1.1\r\n\r\n{}\r\n--c--\r\n--b--\r\n")
	s := New(Options{})
	f.Fuzz(func(_ *testing.T, body string) {
		outer := &call{Sim: s, base: "http://x/api/data/v9.2/", header: http.Header{"Content-Type": {"multipart/mixed; boundary=b"}}, body: []byte(body), who: s.asSystem()}
		s.batch(context.Background(), outer)
	})
}

func FuzzPayload(f *testing.F) {
	f.Add(`{"title":"x","customerid_contact@odata.bind":"/contacts(x)","prioritycode":1e400}`)
	f.Add(`{"statecode":null,"Incident_Annotation":[{"subject":1}]}`)
	s := New(Options{})
	f.Fuzz(func(_ *testing.T, body string) {
		c := &call{Sim: s, body: []byte(body), who: s.asSystem()}
		if decoded, err := c.json(); err == nil {
			_, _ = c.decode(s.tables["incident"], decoded)
		}
	})
}
