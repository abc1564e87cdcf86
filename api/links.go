package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

// How long links last. A panel link is as good as the CRM's rights on the record; a way into a session is short.
const (
	panelLife = 12 * time.Hour
	joinLife  = 10 * time.Minute
)

// The purposes of links; one for one purpose is no good for another.
const (
	panelPurpose  = "panel"
	joinPurpose   = "join"
	signInPurpose = "signin"
)

// grant is what a signed link allows.
type grant struct {
	Purpose string            `json:"p"`
	Record  support.RecordRef `json:"r"`
	Agent   support.Agent     `json:"a"`
	Until   int64             `json:"u"`
}

type links struct {
	key []byte
	now func() time.Time
}

func newLinks(key support.Secret, now func() time.Time) *links {
	sum := sha256.Sum256([]byte("links\x00" + key.Reveal()))
	return &links{key: sum[:], now: now}
}

func (l *links) sign(g grant, life time.Duration) string {
	g.Until = l.now().Add(life).Unix()
	body, err := json.Marshal(g)
	if err != nil {
		panic(err) // a struct of strings always marshals
	}
	text := base64.RawURLEncoding.EncodeToString(body)
	return text + "." + l.mac(text)
}

func (l *links) mac(text string) string {
	mac := hmac.New(sha256.New, l.key)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (l *links) open(token, purpose string) (grant, bool) {
	text, mac, _ := strings.Cut(token, ".")
	if !hmac.Equal([]byte(l.mac(text)), []byte(mac)) {
		return grant{}, false
	}
	body, err := base64.RawURLEncoding.DecodeString(text)
	var g grant
	if err != nil || json.Unmarshal(body, &g) != nil || g.Purpose != purpose || l.now().Unix() > g.Until {
		return grant{}, false
	}
	return g, true
}

// panelURL is the agent's page for a record.
func (s *Server) panelURL(ref support.RecordRef, agent support.Agent) string {
	token := s.links.sign(grant{Purpose: panelPurpose, Record: ref, Agent: agent}, panelLife)
	return s.PublicURL + "/panel?t=" + url.QueryEscape(token)
}

// joinURL is the agent's short-lived way into a session.
func (s *Server) joinURL(ref support.RecordRef, agent support.Agent) string {
	return s.PublicURL + "/join/" + s.links.sign(grant{Purpose: joinPurpose, Record: ref, Agent: agent}, joinLife)
}

// PanelGrant opens a panel link for the pages.
func (s *Server) PanelGrant(token string) (support.RecordRef, support.Agent, bool) {
	g, ok := s.links.open(token, panelPurpose)
	return g.Record, g.Agent, ok
}

// panelAgent accepts a panel link's token as bearer, for the one record it was made for.
func (s *Server) panelAgent(c echo.Context) (support.Agent, bool) {
	token := bearer(c.Request())
	if token == "" {
		token = c.QueryParam("t")
	}
	g, ok := s.links.open(token, panelPurpose)
	if !ok || g.Record.Connection != c.Param("c") || g.Record.Type != c.Param("type") || !strings.EqualFold(g.Record.ID, c.Param("id")) {
		return support.Agent{}, false
	}
	return g.Agent, true
}

// Linker makes panel links outside the API's process: a worker writes them on session rows.
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
	return l.publicURL + "/panel?t=" + url.QueryEscape(l.links.sign(grant{Purpose: panelPurpose, Record: ref}, panelLife))
}
