// Package mail writes and sends Lifeline's letters: invitations to customers and technicians, alerts to operators and
// warnings of consents that run out, in English, Spanish, French and Dutch. Writing is pure and answers a
// support.Letter; sending is SMTP, with every failure as one of the three kinds of package support.
package mail

import (
	"fmt"
	"net"
	netmail "net/mail"
	"os"
	"strings"
	"time"

	"example.com/lifeline/support"
)

// The values of Config.StartTLS.
const (
	Mandatory     = "mandatory"
	Opportunistic = "opportunistic"
	NoTLS         = "none"
)

// submissionsPort is where mail servers speak TLS from the first byte (RFC 8314).
const submissionsPort = 465

// Config says which mail server takes Lifeline's letters.
type Config struct {
	Host     string         `desc:"mail server; empty means that Lifeline sends no mail"`
	Port     int            `default:"587" desc:"port of the mail server; 465 speaks TLS from the first byte"`
	User     string         `desc:"account at the mail server; empty means no sign-in"`
	Password support.Secret `desc:"password of the account"`
	From     string         `desc:"sender of all letters: support@example.com or Support <support@example.com>"`
	StartTLS string         `default:"mandatory" desc:"mandatory, opportunistic or none; none only for a server on this machine"`
	CAFile   string         `split_words:"true" desc:"PEM file of a further authority that signed the mail server's certificate"`
	Timeout  time.Duration  `default:"20s" desc:"for one letter, connecting and signing in included"`
	TimeZone string         `split_words:"true" default:"UTC" desc:"zone of the times in letters, such as Europe/Madrid"`
}

// Enabled tells whether there is a mail server.
func (c Config) Enabled() bool { return c.Host != "" }

// Location is the zone of the times in letters; UTC when the name is unknown.
func (c Config) Location() *time.Location {
	location, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.UTC
	}
	return location
}

// Validate names every fault of the configuration in plain words. A configuration without a host is in order.
func (c Config) Validate() []string {
	if !c.Enabled() {
		return nil
	}
	var faults []string
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	fault(c.Port < 1 || c.Port > 65535, "PORT must be between 1 and 65535")
	fault(c.Timeout <= 0, "TIMEOUT must be positive")
	fault((c.User == "") != (c.Password == ""), "USER and PASSWORD must be set together")
	_, err := netmail.ParseAddress(c.From)
	fault(err != nil, "FROM must be an e-mail address, with or without a name")
	_, err = time.LoadLocation(c.TimeZone)
	fault(err != nil, "TIME_ZONE is unknown: use a name such as Europe/Madrid")
	if c.CAFile != "" {
		_, err = os.Stat(c.CAFile)
		fault(err != nil, "CA_FILE cannot be read")
	}
	switch c.StartTLS {
	case Mandatory, Opportunistic:
	case NoTLS:
		fault(!loopback(c.Host), "STARTTLS may be none only for a mail server on this machine")
	default:
		fault(true, "STARTTLS must be mandatory, opportunistic or none")
	}
	return faults
}

func loopback(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
