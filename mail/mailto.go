package mail

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"example.com/lifeline/support"
)

// maxMailto is the longest address that browsers on Windows hand to a mail program.
const maxMailto = 2000

// Mailto makes an address that opens a draft of the letter in the agent's own mail program (RFC 6068): the plain
// text alone, with CRLF line ends. To may be empty. A text that is too long loses its last lines, except those with a
// link.
func Mailto(to string, letter support.Letter) string {
	text := cmp.Or(letter.Text, plainText(letter.HTML))
	body := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	address := "mailto:" + mailtoAddress(to) + "?subject=" + percent(oneLine(letter.Subject)) + "&body="
	excess := len(address) + len(draft(body...)) - maxMailto
	for last := len(body) - 1; last >= 0 && excess > 0; last-- {
		if !strings.Contains(body[last], "://") {
			excess -= len(draft("", body[last])) // measured once: a CRM's template may have any number of lines
			body = slices.Delete(body, last, last+1)
		}
	}
	return address + draft(body...)
}

func draft(lines ...string) string { return percent(strings.Join(lines, "\r\n")) }

func mailtoAddress(to string) string {
	at := strings.LastIndex(to, "@")
	if at < 0 {
		return percent(to)
	}
	return percent(to[:at]) + "@" + percent(to[at+1:])
}

// percent encodes everything but unreserved letters; a mailto address knows no "+" for a space.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
