package teamviewer

import (
	"fmt"
	"net/url"
	"regexp"
	"time"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// Config is how one TeamViewer account or company is reached: by a script token, or by OAuth (teamviewer.md 1.2).
type Config struct {
	BaseURL        string         `split_words:"true" default:"https://webapi.teamviewer.com" desc:"address of the Web API, without /api/v1"`
	LoginURL       string         `split_words:"true" default:"https://login.teamviewer.com" desc:"address where a human gives consent"`
	Token          support.Secret `default:"" desc:"script token; empty: OAuth with CLIENT_ID, CLIENT_SECRET and REDIRECT_URL"`
	ClientID       string         `split_words:"true" default:"" desc:"id of the OAuth app"`
	ClientSecret   support.Secret `split_words:"true" default:"" desc:"secret of the OAuth app"`
	RedirectURL    string         `split_words:"true" default:"" desc:"address registered with the OAuth app, to which consent returns"`
	PKCE           bool           `default:"false" desc:"protect the consent's code with PKCE, if the app was registered so"`
	TokenLevel     string         `split_words:"true" default:"user" desc:"reach of the token: user or company"`
	GroupName      string         `split_words:"true" default:"Lifeline" desc:"group of the sessions, created when missing; user-level tokens only"`
	GroupID        string         `split_words:"true" default:"" desc:"id of the group, g and digits, instead of GROUP_NAME"`
	Licence        string         `default:"business" desc:"free, business, premium or corporate (also Tensor): how many calls are allowed"`
	Assign         bool           `default:"false" desc:"assign sessions to the agent's own TeamViewer user, found by e-mail; needs Premium or Corporate"`
	NoReports      bool           `split_words:"true" default:"false" desc:"the licence has no connection reports: do not ask for them"`
	ChatTranscript bool           `split_words:"true" default:"false" desc:"fetch chat transcripts; needs the AI features of the licence"`
	Timeout        time.Duration  `default:"10s" desc:"time-out of one call"`
}

// The reaches of a token.
const (
	levelUser    = "user"
	levelCompany = "company"
)

var (
	groupIDForm = regexp.MustCompile(`^g\d+$`)
	userIDForm  = regexp.MustCompile(`^u\d+$`)
)

// Validate names every fault of the configuration in plain words.
func (c Config) Validate() []string {
	var faults []string
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	fault(!outbound.IsRoot(c.BaseURL), "BASE_URL must be https://host without path or query (http on a loopback address only)")
	fault(!outbound.IsRoot(c.LoginURL), "LOGIN_URL must be https://host without path or query (http on a loopback address only)")
	fault(c.Token == "" && c.ClientID == "", "TOKEN must be set, or CLIENT_ID, CLIENT_SECRET and REDIRECT_URL")
	fault(c.Token != "" && c.ClientID != "", "TOKEN and CLIENT_ID exclude each other")
	fault(c.ClientID != "" && c.ClientSecret == "", "CLIENT_SECRET must be set with CLIENT_ID")
	redirect, err := url.Parse(c.RedirectURL)
	fault(c.ClientID != "" && (err != nil || redirect.Host == ""), "REDIRECT_URL must be the address registered with the app")
	fault(c.TokenLevel != levelUser && c.TokenLevel != levelCompany, "TOKEN_LEVEL must be user or company")
	fault(c.TokenLevel == levelCompany && c.GroupID == "", "GROUP_ID must be set with TOKEN_LEVEL=company")
	fault(c.GroupID == "" && c.GroupName == "", "GROUP_ID or GROUP_NAME must be set")
	fault(c.GroupID != "" && !groupIDForm.MatchString(c.GroupID), "GROUP_ID must be g and digits, as TeamViewer shows it")
	_, known := licences[c.Licence]
	fault(!known, "LICENCE must be one of free, business, premium, corporate")
	fault(c.Timeout <= 0 || c.Timeout > time.Minute, "TIMEOUT must be above zero and at most 1m")
	return faults
}
