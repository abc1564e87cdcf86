package dynamics

import (
	"cmp"
	"context"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// Render implements support.CRM by InstantiateTemplate, which stores nothing.
//
// Dynamics merges a template's user fields from whoever asks, which is Lifeline's application user, and its customer
// field from the record, so that it may name the company and not the contact whom the agent chose. Render puts both
// right: it reads the template as it was written, finds its own words in the merged text, and writes the names between
// them anew. Where they are not found it replaces the names that record and application user carry.
func (c *CRM) Render(ctx context.Context, ref support.RecordRef, templateID string, to support.Customer, from support.Agent) (support.Letter, error) {
	at, err := c.locate(ref)
	if err != nil {
		return support.Letter{}, err
	}
	id, err := guid(templateID)
	if err != nil {
		return support.Letter{}, err
	}
	written, err := get[writtenTemplate](ctx, c, row("templates", id), selecting([]string{"subject", "body"}))
	if err != nil {
		return support.Letter{}, err
	}
	answer, err := c.do(ctx, call{method: http.MethodPost, path: "InstantiateTemplate", accept: []int{http.StatusOK},
		body: map[string]any{"TemplateId": id, "ObjectType": at.ref.Type, "ObjectId": at.ref.ID}})
	if err != nil {
		return support.Letter{}, err
	}
	merged, err := readLetter(answer)
	if err != nil {
		return support.Letter{}, err
	}
	known := namesOf(to, from)
	subject, found := rename(written.Subject, merged.Subject, known, func(s string) string { return s })
	body, foundToo := rename(written.Body, merged.HTML, known, html.EscapeString)
	if found && foundToo {
		return support.Letter{Subject: subject, HTML: body}, nil
	}
	wrong, err := c.mergedNames(ctx, at, to, from)
	return address(merged, wrong), err
}

// writtenTemplate is a template before merging.
type writtenTemplate struct {
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

func readLetter(answer outbound.Answer) (support.Letter, error) {
	merged, err := decode[page[struct {
		Subject string `json:"subject"`
		HTML    string `json:"description"`
	}]](answer)
	if err != nil {
		return support.Letter{}, err
	}
	if merged.Value == nil || len(*merged.Value) == 0 {
		return support.Letter{}, unreadable(nil)
	}
	first := (*merged.Value)[0]
	return support.Letter{Subject: first.Subject, HTML: first.HTML}, nil
}

// mergedNames says for each name that Dynamics may have merged which name is meant: the contact's instead of the record's
// customers, and the agent's instead of Lifeline's own.
func (c *CRM) mergedNames(ctx context.Context, at located, to support.Customer, from support.Agent) (map[string]string, error) {
	meant := map[string]string{}
	mean := func(merged, name string) {
		if strings.TrimSpace(merged) != "" && name != "" {
			meant[merged] = name
		}
	}
	found, err := c.readRow(ctx, at)
	if err != nil {
		return nil, err
	}
	own, err := c.ownName(ctx)
	if err != nil {
		return nil, err
	}
	mean(own, from.Name)
	for _, name := range found.customerNames(at.ref.Type) {
		mean(name, to.Name)
	}
	mean(to.Name, to.Name) // stays whole where it holds another name
	return meant, nil
}

// ownName is the name of the user as whom Lifeline is signed in.
func (c *CRM) ownName(ctx context.Context) (string, error) {
	me, err := get[struct {
		UserID string `json:"UserId"`
	}](ctx, c, "WhoAmI", nil)
	if err != nil {
		return "", err
	}
	agent, err := c.user(ctx, me.UserID)
	return agent.Name, err
}

// customerNames are the names that the template's customer field may have been merged to. Accounts and contacts name
// themselves rightly.
func (r recordRow) customerNames(recordType string) []string {
	var found []string
	switch recordType {
	case "account", "contact":
		return nil
	case "lead":
		found = append(found, r.FullName)
	}
	for _, contact := range []*contactRow{r.PrimaryContact, r.ParentContact, r.CustomerContact} {
		if contact != nil {
			found = append(found, contact.Name)
		}
	}
	for _, account := range r.accounts() {
		found = append(found, account.Name)
	}
	return found
}

// address puts the names that are meant into a merged letter.
func address(letter support.Letter, meant map[string]string) support.Letter {
	letter.Subject = replaceNames(letter.Subject, meant)
	escaped := map[string]string{}
	for merged, name := range meant {
		escaped[merged], escaped[html.EscapeString(merged)] = html.EscapeString(name), html.EscapeString(name)
	}
	letter.HTML = replaceNames(letter.HTML, escaped)
	return letter
}

// replaceNames replaces whole names in one pass: the longest first, so that a name is not replaced in parts, and none
// inside a longer word.
func replaceNames(text string, meant map[string]string) string {
	if len(meant) == 0 {
		return text
	}
	names := slices.SortedFunc(maps.Keys(meant), func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = regexp.QuoteMeta(name)
	}
	var replaced strings.Builder
	rest := 0
	for _, at := range regexp.MustCompile(strings.Join(names, "|")).FindAllStringIndex(text, -1) {
		if insideWord(text, at[0], at[1]) {
			continue
		}
		replaced.WriteString(text[rest:at[0]] + meant[text[at[0]:at[1]]])
		rest = at[1]
	}
	return replaced.String() + text[rest:]
}

// insideWord tells whether letters or digits touch the found name on either side.
func insideWord(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return isWord(before) || isWord(after)
}

// plainHTML carries a plain text in the HTML column of an e-mail.
func plainHTML(text string) string {
	return strings.ReplaceAll(html.EscapeString(text), "\n", "<br>")
}
