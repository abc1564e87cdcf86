package rescue

import (
	"maps"
	"net/http"
	"strings"
)

const (
	maxRequest = 1 << 20
	namespace  = "https://secure.logmeinrescue.com/API/API.asmx"
)

// servePlain answers /API/<method>.aspx by GET and POST. A method that does not exist gives the HTML page with status
// 200 (rescue.md 1.3).
func (s *Sim) servePlain(w http.ResponseWriter, r *http.Request) {
	name, isPage := strings.CutSuffix(r.PathValue("page"), ".aspx")
	m, known := methods[methodKey(name)]
	params, err := parameters(w, r)
	if !isPage || !known || err != nil {
		lostPage(w)
		return
	}
	fault := s.takeFault(name)
	if fault.before(w, r) {
		return
	}
	c := &call{params: params, cookie: cookieOf(r), key: methodKey(name), base: s.base(r)}
	result := only(fault.Kind)
	if !fault.word() {
		result = s.run(m, c)
	}
	if result.cookie != "" {
		setCookie(w, result.cookie)
	}
	fault.write(w, "text/html; charset=utf-8", s.plainBody(result))
}

// parameters reads query and form, names in lower case.
func parameters(w http.ResponseWriter, r *http.Request) (map[string]string, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	params := map[string]string{}
	for name, values := range r.Form {
		params[strings.ToLower(name)] = values[0]
	}
	alias(params)
	return params, nil
}

// alias gives parameters whose name differs from method to method one common name.
func alias(params map[string]string) {
	for name, common := range map[string]string{
		"nodeid": "node", "sessionid": "session", "companyid": "company", "channelid": "channel",
	} {
		if text, given := params[name]; given && params[common] == "" {
			params[common] = text
		}
	}
	maps.DeleteFunc(params, func(_, text string) bool { return text == "" })
}

// plainBody lays an answer out (rescue.md 1.3).
func (s *Sim) plainBody(a answer) string {
	var labelled []string
	layout := s.Settings().Layout
	for _, v := range a.values {
		if v.label != "" {
			labelled = append(labelled, v.label+":"+v.text)
		}
	}
	switch {
	case a.text != "":
		return a.word + "\n\n" + a.text
	case len(labelled) == 0:
		return a.word
	case layout == OneLine:
		// The vendor's pages print a blank after some colons and none after others.
		return a.word + " " + strings.Replace(strings.Join(labelled, " "), "AUTHCODE:", "AUTHCODE: ", 1)
	}
	return a.word + "\n\n" + strings.Join(labelled, "\n") + "\n"
}

// Settings returns the settings as they are now.
func (s *Sim) Settings() Settings {
	defer s.enter()()
	return s.settings
}

func cookieOf(r *http.Request) string {
	if c, err := r.Cookie(sessionCookie); err == nil {
		return c.Value
	}
	return ""
}

// base is the address that links begin with.
func (s *Sim) base(r *http.Request) string {
	if s.pages != "" {
		return strings.TrimSuffix(s.pages, "/")
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host
}

// lostPage is what the service answers with status 200 to unknown methods and lost logins.
func lostPage(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("<!DOCTYPE html>\n<html><head><title>Log in (Simulator)</title></head>" +
		"<body><h1>Log in</h1><p>This page is all there is for an unknown method or a lost login.</p></body></html>\n"))
}
