package mailbox

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// kept are the elements a letter may use; what others hold is kept without them, but for dropped ones.
var kept = []atom.Atom{
	atom.A, atom.B, atom.Blockquote, atom.Body, atom.Br, atom.Code, atom.Dd, atom.Div, atom.Dl, atom.Dt, atom.Em, atom.H1,
	atom.H2, atom.H3, atom.Head, atom.Hr, atom.Html, atom.I, atom.Li, atom.Main, atom.Meta, atom.Ol, atom.P, atom.Pre,
	atom.Span, atom.Strong, atom.Style, atom.Table, atom.Tbody, atom.Td, atom.Th, atom.Thead, atom.Title, atom.Tr, atom.U,
	atom.Ul,
}

var dropped = []atom.Atom{
	atom.Script, atom.Iframe, atom.Object, atom.Embed, atom.Template, atom.Noscript, atom.Form, atom.Svg, atom.Math, atom.Base,
	atom.Link,
}

var keptAttributes = []string{"class", "style", "lang", "scope", "colspan", "rowspan", "align", "valign", "charset", "name", "content"}

// clean rebuilds a letter's HTML from what a letter needs: no scripts, frames, forms, handlers or resources; links
// lead to the web or a mail program, in a new window.
func clean(source string) string {
	document, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return ""
	}
	cleanChildren(document)
	var out strings.Builder
	if err := html.Render(&out, document); err != nil {
		return ""
	}
	return out.String()
}

func cleanChildren(parent *html.Node) {
	for node := parent.FirstChild; node != nil; {
		next := node.NextSibling
		switch {
		case node.Type == html.CommentNode, node.Type == html.ElementNode && slices.Contains(dropped, node.DataAtom):
			parent.RemoveChild(node)
		case node.Type == html.ElementNode && !slices.Contains(kept, node.DataAtom):
			next = unwrap(parent, node)
		default:
			node.Attr = attributes(node)
			cleanChildren(node)
		}
		node = next
	}
}

// unwrap replaces a node by its children and returns the node to be looked at next: the first of them.
func unwrap(parent, node *html.Node) *html.Node {
	next := node.FirstChild
	if next == nil {
		next = node.NextSibling
	}
	for child := node.FirstChild; child != nil; child = node.FirstChild {
		node.RemoveChild(child)
		parent.InsertBefore(child, node)
	}
	parent.RemoveChild(node)
	return next
}

func attributes(node *html.Node) []html.Attribute {
	var result []html.Attribute
	for _, attribute := range node.Attr {
		if slices.Contains(keptAttributes, attribute.Key) {
			result = append(result, attribute)
		}
		if node.DataAtom == atom.A && attribute.Key == "href" && opensOutside(attribute.Val) {
			result = append(result, attribute, html.Attribute{Key: "target", Val: "_blank"}, html.Attribute{Key: "rel", Val: "noopener noreferrer"})
		}
	}
	return result
}

func opensOutside(address string) bool {
	address = strings.ToLower(address)
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "mailto:")
}
