package mail

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The parts of a page that hold nothing to read, those that stand on lines of their own, and those with a line between.
var (
	unread     = []atom.Atom{atom.Head, atom.Style, atom.Script, atom.Title}
	lines      = []atom.Atom{atom.Br, atom.Div, atom.Li, atom.Tr}
	paragraphs = []atom.Atom{atom.P, atom.Table, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.H4, atom.Blockquote}
)

// plainText is what there is to read in a letter that has no plain text of its own, as those of a CRM's templates. An
// address that only a link holds stands behind the link's words.
func plainText(page string) string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return "" // nested deeper than 512 elements, as no letter is that a person wrote; its HTML is still sent
	}
	var text reading
	text.node(root)
	return strings.TrimSpace(text.out.String())
}

// reading collects the text of a page.
type reading struct {
	out    strings.Builder
	breaks int // line ends that are due before the next words
	space  bool
}

func (r *reading) node(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		r.words(n.Data)
	case slices.Contains(unread, n.DataAtom):
		return
	}
	r.end(n)
	start := r.out.Len()
	for child := range n.ChildNodes() {
		r.node(child)
	}
	if address := linkOf(n); address != "" && !strings.Contains(r.out.String()[start:], address) {
		r.words(" <" + address + ">")
	}
	r.end(n)
}

// end ends the line before and after what stands by itself.
func (r *reading) end(n *html.Node) {
	switch {
	case slices.Contains(paragraphs, n.DataAtom):
		r.breaks = max(r.breaks, 2)
	case slices.Contains(lines, n.DataAtom):
		r.breaks = max(r.breaks, 1)
	}
}

// words writes a text with the white space of a page: any amount of it is one blank.
func (r *reading) words(text string) {
	for i, word := range strings.Fields(text) {
		switch {
		case r.out.Len() == 0:
		case r.breaks > 0:
			r.out.WriteString(strings.Repeat("\n", r.breaks))
		case i > 0 || r.space || startsBlank(text):
			r.out.WriteByte(' ')
		}
		r.out.WriteString(word)
		r.breaks, r.space = 0, false
	}
	r.space = r.space || strings.TrimRight(text, " \t\r\n") != text
}

func startsBlank(text string) bool { return strings.TrimLeft(text, " \t\r\n") != text }

// linkOf is the address that a link leads to.
func linkOf(n *html.Node) string {
	for _, attribute := range n.Attr {
		if n.DataAtom == atom.A && attribute.Key == "href" {
			return attribute.Val
		}
	}
	return ""
}
