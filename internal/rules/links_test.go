package rules

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

var (
	fenced   = regexp.MustCompile("(?ms)^```.*?^```")
	linked   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headings = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	sourceAt = regexp.MustCompile("`([a-z]+(?:/[a-z0-9_.]+)*\\.(?:go|md|yml|yaml|js|html))`")
	notSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// pages are the documents: the README and what is in docs/.
func eachPage(t *testing.T, check func(name, text string)) {
	t.Helper()
	eachText(t, func(name string, content []byte) {
		if path.Dir(name) == "." || strings.HasPrefix(name, "docs/") {
			check(name, string(content))
		}
	}, ".md")
}

func TestLinksOfThePagesLead(t *testing.T) {
	eachPage(t, func(name, text string) {
		for _, match := range linked.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if strings.Contains(match[1], "://") || strings.HasPrefix(match[1], "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(match[1], "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			if !assert.True(t, exists(target), "%s links to %s", name, match[1]) || anchor == "" {
				continue
			}
			assert.Contains(t, slugs(string(read(t, target))), anchor, "%s links to %s", name, match[1])
		}
	})
}

func TestFilesThatThePagesNameExist(t *testing.T) {
	eachPage(t, func(name, text string) {
		for _, match := range sourceAt.FindAllStringSubmatch(text, -1) {
			if strings.Contains(match[1], "/") {
				assert.True(t, exists(match[1]) || exists(path.Join(path.Dir(name), match[1])), "%s names %s", name, match[1])
			}
		}
	})
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil
}

// slugs are the anchors of a page's headings.
func slugs(text string) []string {
	var list []string
	for _, match := range headings.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		slug := strings.ToLower(notSlug.ReplaceAllString(match[1], ""))
		list = append(list, strings.ReplaceAll(strings.TrimSpace(slug), " ", "-"))
	}
	return list
}
