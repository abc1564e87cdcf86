package activities

import (
	"html"
	"strings"

	"example.com/lifeline/support"
)

// fill puts in what administrators ask for in the CRM's templates, besides the CRM's own merge fields. It may stand in
// the subject and in the text:
//
//	{link}      the customer's link
//	{code}      the session's code
//	{customer}  the name of the contact whom the letter goes to
//	{agent}     the name of the agent who sends it
//
// A letter that does not ask for the link gets it at the end: without, it would invite nobody.
func fill(letter support.Letter, in InviteInput) support.Letter {
	same := func(s string) string { return s }
	letter.Subject = placeholders(in, same).Replace(letter.Subject)
	link := html.EscapeString(in.Invitation.CustomerLink)
	letter.HTML = placeholders(in, html.EscapeString).Replace(letter.HTML)
	if !strings.Contains(letter.HTML, link) {
		letter.HTML += `<p><a href="` + link + `">` + link + `</a></p>`
	}
	if letter.Text != "" {
		letter.Text = placeholders(in, same).Replace(letter.Text)
		if !strings.Contains(letter.Text, in.Invitation.CustomerLink) {
			letter.Text += "\n\n" + in.Invitation.CustomerLink
		}
	}
	return letter
}

func placeholders(in InviteInput, write func(string) string) *strings.Replacer {
	return strings.NewReplacer(
		"{link}", write(in.Invitation.CustomerLink), "{code}", write(in.Invitation.Code),
		"{customer}", write(in.Customer.Name), "{agent}", write(in.Agent.Name),
	)
}
