package mail

import (
	"net/url"
	"strings"

	"example.com/lifeline/support"
)

// Mailto makes an address that opens a draft of the letter in the agent's own mail program (RFC 6068): the plain
// text alone, with CRLF line ends. To may be empty.
func Mailto(to string, letter support.Letter) string {
	lines := strings.ReplaceAll(strings.ReplaceAll(letter.Text, "\r\n", "\n"), "\n", "\r\n")
	return "mailto:" + mailtoAddress(to) + "?subject=" + percent(oneLine(letter.Subject)) + "&body=" + percent(lines)
}

func mailtoAddress(to string) string {
	at := strings.LastIndex(to, "@")
	if at < 0 {
		return percent(to)
	}
	return percent(to[:at]) + "@" + percent(to[at+1:])
}

// percent encodes everything but unreserved letters; a mailto address knows no "+" for a space.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
