package rules

import (
	"path"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The patterns are written so that they do not find themselves.
var (
	openEnd     = regexp.MustCompile(`\b(TO[D]O|FIX[M]E|XX[X])\b`)
	machinePath = regexp.MustCompile(`(^|[^\w.:/-])/(home|Users|root|work|mnt|tmp)/\w|[A-Z]:\\\\?[A-Z]\w`)
	lockedHost  = regexp.MustCompile(`"resolved"\s*:\s*"https?:|^\s*resolved "?https?:`)
	mirror      = regexp.MustCompile(`(?i)\b(GOPROXY|GOSUMDB|npm_config_registry|registry)\s*[?:]?=\s*"?https?:`)
)

func TestNothingIsLeftOpen(t *testing.T) {
	eachText(t, func(name string, content []byte) {
		assert.Empty(t, find(openEnd, content), name)
	}, ".go", ".md", ".yml", ".yaml", ".js", ".mjs", ".ts", ".html", ".css", ".sh", "")
}

// A path of one machine means nothing on another.
func TestNoFileNamesAMachinesPaths(t *testing.T) {
	eachText(t, func(name string, content []byte) {
		assert.Empty(t, find(machinePath, content), name)
	}, ".go", ".md", ".yml", ".yaml", ".js", ".mjs", ".ts", ".json", ".mod", "")
}

// Whoever builds this chooses where packages come from.
func TestNoFileNamesARegistry(t *testing.T) {
	locks := map[string]bool{"package-lock.json": true, "npm-shrinkwrap.json": true, "yarn.lock": true, "pnpm-lock.yaml": true}
	eachText(t, func(name string, content []byte) {
		assert.Empty(t, find(mirror, content), name)
		if locks[path.Base(name)] {
			assert.Empty(t, find(lockedHost, content), name)
		}
	})
}

func find(pattern *regexp.Regexp, content []byte) []string {
	var found []string
	for _, match := range pattern.FindAll(content, 5) {
		found = append(found, string(match))
	}
	return found
}
