package activities

import (
	"html"
	"strings"

	"example.com/lifeline/support"
)

// Placeholders that administrators may put into the CRM's templates.
const (
	linkPlaceholder = "{{link}}"
	codePlaceholder = "{{code}}"
)

// withLink puts link and code where the template asks for them, or the link at the end: a letter without it would
// invite nobody.
func withLink(letter support.Letter, invitation support.Invitation) support.Letter {
	link := html.EscapeString(invitation.CustomerLink)
	fill := strings.NewReplacer(linkPlaceholder, link, codePlaceholder, html.EscapeString(invitation.Code))
	letter.HTML = fill.Replace(letter.HTML)
	if !strings.Contains(letter.HTML, link) {
		letter.HTML += `<p><a href="` + link + `">` + link + `</a></p>`
	}
	if letter.Text != "" {
		fill := strings.NewReplacer(linkPlaceholder, invitation.CustomerLink, codePlaceholder, invitation.Code)
		letter.Text = fill.Replace(letter.Text)
		if !strings.Contains(letter.Text, invitation.CustomerLink) {
			letter.Text += "\n\n" + invitation.CustomerLink
		}
	}
	return letter
}
