package rescue

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// hostedErrorName is the query parameter that carries an error word back to the referring page. The real name is not
// known; it is 21 characters long (rescue.md 3.5).
const hostedErrorName = "rescue_pin_error_code"

func (s *Sim) customerRoutes(mux *http.ServeMux) {
	for _, path := range []string{"/r", "/customer/code.aspx"} {
		mux.HandleFunc("GET "+path, s.showPINEntry)
		mux.HandleFunc("POST "+path, s.enterPIN)
	}
	mux.HandleFunc("GET /customer/session/{key}", s.showCustomer)
	mux.HandleFunc("GET /customer/session/{key}/live", s.showCustomerLive)
	mux.HandleFunc("POST /customer/session/{key}/{action}", s.customerActs)
}

// showPINEntry is the page behind the link in the invitation. Looking at it does not use the PIN up.
func (s *Sim) showPINEntry(w http.ResponseWriter, r *http.Request) {
	params, err := parameters(w, r)
	if err != nil {
		params = map[string]string{}
	}
	s.render(w, "code", page{Title: "Join a support session", Code: params["code"], Tracking: params["tracking0"]})
}

// enterPIN joins with the PIN. With hostederrorhandling=1 a refusal goes back to the referring page.
func (s *Sim) enterPIN(w http.ResponseWriter, r *http.Request) {
	params, err := parameters(w, r)
	if err != nil {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return
	}
	code := strings.TrimSpace(params["code"])
	joined, err := s.joinFromPage(code, params["name"], params["tracking0"])
	if err == nil {
		http.Redirect(w, r, joined.CustomerPage, http.StatusSeeOther)
		return
	}
	if back := refererWith(r, pinErrorWord(err)); params["hostederrorhandling"] == "1" && back != "" {
		http.Redirect(w, r, back, http.StatusFound)
		return
	}
	s.render(w, "code", page{Status: http.StatusConflict, Title: "Join a support session", Text: "Sorry: " + err.Error() + ".", Code: code, Name: params["name"]})
}

// joinFromPage joins; a tracking value of the embedding form counts when the PIN has none.
func (s *Sim) joinFromPage(code, name, tracking string) (Session, error) {
	joined, err := s.CustomerJoins(code, name)
	if err != nil || tracking == "" || joined.Tracking != "" {
		return joined, err
	}
	return s.act(joined.ID, func(x *session) error {
		x.tracking = cut(tracking, trackingLimit)
		return nil
	})
}

// pinErrorWord is the word of hosted error handling (rescue.md 3.5).
func pinErrorWord(err error) string {
	switch {
	case errors.Is(err, ErrPINMissing):
		return "pincode_missing"
	case errors.Is(err, ErrPINInvalid):
		return "pincode_invalid"
	case errors.Is(err, ErrPINExpired):
		return "pincode_expired"
	case errors.Is(err, ErrPINUsed):
		return "pincode_alreadyused"
	}
	return "pincode_error"
}

// refererWith is the referring web page with the error word in its query, or empty without one.
func refererWith(r *http.Request, word string) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Scheme != "http" && from.Scheme != "https" {
		return ""
	}
	query := from.Query()
	query.Set(hostedErrorName, word)
	from.RawQuery = query.Encode()
	return from.String()
}

func (s *Sim) showCustomer(w http.ResponseWriter, r *http.Request) {
	s.renderCustomer(w, r, "customer")
}

func (s *Sim) showCustomerLive(w http.ResponseWriter, r *http.Request) {
	s.renderCustomer(w, r, "customer-live")
}

func (s *Sim) renderCustomer(w http.ResponseWriter, r *http.Request, name string) {
	x, found := s.byKey(r.PathValue("key"))
	if !found {
		s.notFound(w, "There is no such session.")
		return
	}
	s.render(w, name, page{
		Title: "Support session", Live: x.CustomerPage + "/live", Session: &x,
		Phase: customerWords(x.Status), Chatting: x.Status.live() && x.Status != StatusOnHoldCustomerLeft,
	})
}

func (s *Sim) byKey(key string) (Session, bool) {
	defer s.enter()()
	x := s.sessionByKey(key)
	if x == nil {
		return Session{}, false
	}
	return s.view(x), true
}

// customerWords say in the customer's words where his session stands.
func customerWords(status Status) string {
	switch {
	case status == StatusWaiting || status == StatusConnecting:
		return "Waiting for a technician"
	case status == StatusTransferring:
		return "Being passed to another technician"
	case status == StatusOnHold:
		return "On hold"
	case status == StatusOnHoldCustomerLeft || !status.live():
		return "The session has ended"
	}
	return "Connected"
}

// customerActs takes the customer's chat lines and his leaving.
func (s *Sim) customerActs(w http.ResponseWriter, r *http.Request) {
	x, found := s.byKey(r.PathValue("key"))
	params, err := parameters(w, r)
	if !found || err != nil {
		s.notFound(w, "There is no such session.")
		return
	}
	switch text := strings.TrimSpace(params["text"]); {
	case r.PathValue("action") == "leave":
		_, err = s.CloseByCustomer(x.ID)
	case text != "":
		_, err = s.Say(x.ID, "customer", text)
	}
	s.backTo(w, r, x.CustomerPage, err)
}

// backTo shows the page again after an action, or why it was refused.
func (s *Sim) backTo(w http.ResponseWriter, r *http.Request, address string, err error) {
	if err != nil {
		s.render(w, "message", page{Status: http.StatusConflict, Title: "That did not work", Text: "Reason: " + err.Error() + "."})
		return
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}

func (s *Sim) notFound(w http.ResponseWriter, text string) {
	s.render(w, "message", page{Status: http.StatusNotFound, Title: "Not found", Text: text})
}
