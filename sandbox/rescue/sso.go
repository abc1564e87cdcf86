package rescue

import (
	"net/http"
	"net/url"
	"time"
)

// ticketLife is how long a console ticket is good. The reference leaves it open: single use, minutes.
const ticketLife = 5 * time.Minute

// serveTicket answers /SSO/GetLoginTicket.aspx and GetDTCLoginTicket.aspx (rescue.md 2.4).
func (s *Sim) serveTicket(w http.ResponseWriter, r *http.Request) {
	fault := s.takeFault("getloginticket")
	if fault.before(w, r) {
		return
	}
	body := fault.Kind
	if params, err := parameters(w, r); !fault.word() {
		if body = "MISSINGPARAMETERS"; err == nil {
			body = s.loginTicket(params, s.base(r), r.URL.Path == "/sso/getdtcloginticket.aspx")
		}
	}
	fault.write(w, "text/html; charset=utf-8", body)
}

func (s *Sim) loginTicket(params map[string]string, base string, desktop bool) string {
	defer s.enter()()
	c := &call{params: params}
	if c.get("ssoid") == "" || c.get("password") == "" || c.get("company") == "" {
		return "MISSINGPARAMETERS"
	}
	number, digits := c.number("company")
	if !digits || number == 0 || s.company(number) == nil {
		return "INVALIDCOMPANYID"
	}
	u := s.bySSO(c.get("ssoid"), number, c.get("password"))
	if u == nil {
		return "INVALIDPASSWORD"
	}
	name := randomCode(48)
	s.tickets[name] = &ticket{user: u, expires: s.now().Add(ticketLife)}
	if desktop {
		return "OK:" + base + "/TechConsole/DesktopApp/DownloadSSO.aspx?companyid=" + id(number) + "&ticket=" + name + "&arch=64"
	}
	return "OK:" + base + "/SSO/Login.aspx?Ticket=" + url.QueryEscape(name)
}

// serveSSOLogin redeems a ticket once: the console starts and opens.
func (s *Sim) serveSSOLogin(w http.ResponseWriter, r *http.Request) {
	params, err := parameters(w, r)
	if err != nil {
		params = map[string]string{}
	}
	u := s.redeemTicket(params["ticket"])
	if u == nil {
		s.render(w, "message", page{Status: http.StatusForbidden, Title: "Ticket not valid", Text: "This ticket was used before, has expired, or never existed."})
		return
	}
	http.Redirect(w, r, "/console/"+id(u.ID), http.StatusSeeOther)
}

func (s *Sim) redeemTicket(name string) *User {
	defer s.enter()()
	t := s.tickets[name]
	delete(s.tickets, name)
	if t == nil || !s.now().Before(t.expires) || !t.user.Seat {
		return nil
	}
	t.user.Console = true
	view := t.user.view()
	return &view
}
