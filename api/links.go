package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"example.com/lifeline/support"
)

// How long links last. A panel link is as good as the CRM's rights on the record; a way into a session is short.
const (
	panelLife = 12 * time.Hour
	joinLife  = 10 * time.Minute
)

// The purposes of what this server signs; what is signed for one is no good for another.
const (
	panelPurpose  = "panel"
	joinPurpose   = "join"
	signInPurpose = "signin"
	pagePurpose   = "page" // of a list
)

// grant is what a signed link allows.
type grant struct {
	Record support.RecordRef `json:"r"`
	Agent  support.Agent     `json:"a"`
	Until  int64             `json:"u"` // Unix seconds
}

type links struct {
	key []byte
	now func() time.Time
}

func newLinks(key support.Secret, now func() time.Time) *links {
	sum := sha256.Sum256([]byte("links\x00" + key.Reveal()))
	return &links{key: sum[:], now: now}
}

// begin signs a grant that lasts from now on.
func (l *links) begin(purpose string, ref support.RecordRef, agent support.Agent, life time.Duration) string {
	return l.sign(purpose, grant{Record: ref, Agent: agent, Until: l.now().Add(life).Unix()})
}

func (l *links) sign(purpose string, g grant) string {
	body, err := json.Marshal(g)
	if err != nil {
		panic(err) // a struct of strings always marshals
	}
	return l.seal(purpose, body)
}

func (l *links) open(purpose, token string) (grant, bool) {
	body, ok := l.unseal(purpose, token)
	var g grant
	if !ok || json.Unmarshal(body, &g) != nil || l.now().Unix() > g.Until {
		return grant{}, false
	}
	return g, true
}

// seal makes a text that only this server can have made, and that anybody can read.
func (l *links) seal(purpose string, body []byte) string {
	text := base64.RawURLEncoding.EncodeToString(body)
	return text + "." + l.mac(purpose, text)
}

func (l *links) unseal(purpose, sealed string) ([]byte, bool) {
	text, mac, _ := strings.Cut(sealed, ".")
	if !hmac.Equal([]byte(l.mac(purpose, text)), []byte(mac)) {
		return nil, false
	}
	body, err := base64.RawURLEncoding.DecodeString(text)
	return body, err == nil
}

func (l *links) mac(purpose, text string) string {
	mac := hmac.New(sha256.New, l.key)
	mac.Write([]byte(purpose + "." + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// panelURL is the agent's page for a record. A caller who came by a panel link gets one that ends with it: a link
// must not make itself last for ever.
func (s *Server) panelURL(who caller, agent support.Agent) string {
	if who.grant != nil {
		return s.panelAt(s.links.sign(panelPurpose, *who.grant))
	}
	return s.panelAt(s.links.begin(panelPurpose, who.ref, agent, panelLife))
}

func (s *Server) panelAt(token string) string {
	return s.PublicURL + "/panel?t=" + url.QueryEscape(token)
}

// joinURL is the agent's short-lived way into a session.
func (s *Server) joinURL(ref support.RecordRef, agent support.Agent) string {
	return s.PublicURL + "/join/" + s.links.begin(joinPurpose, ref, agent, joinLife)
}

// signInURL is where an agent signs in to the vendor once.
func (s *Server) signInURL(ref support.RecordRef, agent support.Agent) string {
	return (&Linker{publicURL: s.PublicURL, links: s.links}).SignIn(ref, agent)
}

// PanelGrant opens a panel link for the pages.
func (s *Server) PanelGrant(token string) (support.RecordRef, support.Agent, bool) {
	g, ok := s.links.open(panelPurpose, token)
	return g.Record, g.Agent, ok
}

// Linker makes links outside the API's process: a worker writes them on session rows.
type Linker struct {
	publicURL string
	links     *links
}

// NewLinker makes a linker with the API's own key.
func NewLinker(publicURL string, key support.Secret, now func() time.Time) *Linker {
	return &Linker{publicURL: publicURL, links: newLinks(key, now)}
}

// Panel is the agents' page for a record, for whoever may read the record's session row.
func (l *Linker) Panel(ref support.RecordRef) string {
	return l.publicURL + "/panel?t=" + url.QueryEscape(l.links.begin(panelPurpose, ref, support.Agent{}, panelLife))
}

// SignIn is where an agent signs in to the vendor once. The link is good for ten minutes.
func (l *Linker) SignIn(ref support.RecordRef, agent support.Agent) string {
	return l.publicURL + "/signin?t=" + url.QueryEscape(l.links.begin(signInPurpose, ref, agent, joinLife))
}
