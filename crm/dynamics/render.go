package dynamics

import (
	"cmp"
	"context"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// CustomerPlaceholder may stand in a template's subject or text; it becomes the chosen contact's name.
const CustomerPlaceholder = "{customer}"

// Render implements support.CRM by InstantiateTemplate, which stores nothing.
//
// A template's customer field is merged from the record, so for a case, lead or opportunity it names the record's
// customer (often the company) and not the contact whom the agent chose. Render puts that right in two ways: the
// placeholder {customer} becomes the chosen contact's name, and so does every other name of a customer that the
// record carries. A template that must name the company as well as the contact should write the company's name
// out, or belong to the account.
func (c *CRM) Render(ctx context.Context, ref support.RecordRef, templateID string, to support.Customer) (support.Letter, error) {
	at, err := c.locate(ref)
	if err != nil {
		return support.Letter{}, err
	}
	template, err := guid(templateID)
	if err != nil {
		return support.Letter{}, err
	}
	found, err := c.readRow(ctx, at)
	if err != nil {
		return support.Letter{}, err
	}
	answer, err := c.do(ctx, call{method: http.MethodPost, path: "InstantiateTemplate", accept: []int{http.StatusOK},
		body: map[string]any{"TemplateId": template, "ObjectType": at.ref.Type, "ObjectId": at.ref.ID}})
	if err != nil {
		return support.Letter{}, err
	}
	letter, err := readLetter(answer)
	if err != nil {
		return support.Letter{}, err
	}
	return address(letter, found.mergedNames(at.ref.Type), to.Name), nil
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

// mergedNames are the names that the template's customer field may have been merged to. Accounts and contacts name
// themselves rightly.
func (r recordRow) mergedNames(recordType string) []string {
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

// address makes the letter name the chosen contact.
func address(letter support.Letter, others []string, name string) support.Letter {
	if name == "" {
		return letter
	}
	wanted := append([]string{name, CustomerPlaceholder}, others...)
	letter.Subject = renameAll(letter.Subject, wanted, name)
	for _, other := range wanted {
		wanted = append(wanted, html.EscapeString(other))
	}
	letter.HTML = renameAll(letter.HTML, wanted, html.EscapeString(name))
	return letter
}

// renameAll replaces whole names in one pass: the longest first, so that a name is not replaced in parts, and none
// inside a longer word.
func renameAll(text string, others []string, name string) string {
	others = slices.DeleteFunc(slices.Clone(others), func(other string) bool { return strings.TrimSpace(other) == "" })
	slices.SortStableFunc(others, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for i, other := range others {
		others[i] = regexp.QuoteMeta(other)
	}
	var renamed strings.Builder
	rest := 0
	for _, at := range regexp.MustCompile(strings.Join(others, "|")).FindAllStringIndex(text, -1) {
		if insideWord(text, at[0], at[1]) {
			continue
		}
		renamed.WriteString(text[rest:at[0]] + name)
		rest = at[1]
	}
	return renamed.String() + text[rest:]
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
