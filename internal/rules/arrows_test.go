package rules

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// arrows say which rooms of ours a room may import. A new room gets its line here before it gets its first importer.
// A star stands for one path element.
var arrows = map[string][]string{
	"support":             {},
	"support/conformance": {"support", "internal/testlog"},
	"outbound":            {"support"},
	"vendors/*":           {"support", "outbound"},
	"crm/*":               {"support", "outbound"},
	"mail":                {"support"},
	"inbox":               {"support"},
	"metrics":             {},
	"engine":              {"engine/index"},
	"engine/index":        {},
	"engine/enginetest":   {"engine"},
	"activities":          {"support", "engine/index"},
	"workflows":           {"activities", "support", "engine/index"},
	"sessions":            {"activities", "workflows", "support", "engine/index"},
	"worker":              {"activities", "workflows", "sessions", "support"},
	"api":                 {"activities", "workflows", "sessions", "support", "mail", "metrics"},
	"web":                 {"activities", "workflows", "sessions", "support", "api"},
	"config":              {"support", "mail", "vendors/*", "crm/*"},
	"sandbox/kit":         {},
	"sandbox/*":           {"sandbox/kit"},
	"sandbox":             {"sandbox/*", "support", "config", "api", "crm/*", "vendors/*"},
	"internal/rules":      {},
	"internal/testlog":    {},
	"cmd/lifeline": {"activities", "workflows", "sessions", "support", "worker", "api", "web", "config", "mail", "metrics",
		"inbox", "engine", "engine/index", "outbound", "vendors/*", "crm/*", "sandbox"},
	"cmd/bench": {"api", "engine", "engine/index", "sandbox", "support", "workflows"},
}

// walls say which libraries a room must not know.
var walls = map[string][]string{
	"support":   {"go.temporal.io/", "github.com/", "net/http"},
	"workflows": {"go.temporal.io/sdk/client", "net/http", "net", "os", "database/"},
	"vendors/*": {"go.temporal.io/", "github.com/labstack/"},
	"crm/*":     {"go.temporal.io/", "github.com/labstack/"},
	"sandbox/*": {"go.temporal.io/"},
	"mail":      {"go.temporal.io/"},
}

func TestArrowsPointOneWay(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		allowed, known := ruleFor(arrows, s.room())
		if !assert.True(t, known, "%s: the room %s has no line in arrows", s.name, s.room()) {
			continue
		}
		for _, imported := range imports(s) {
			if ours, is := strings.CutPrefix(imported, module+"/"); is {
				assert.True(t, fitsOne(ours, allowed), "%s must not import %s", s.name, ours)
			}
		}
	}
}

func TestRoomsKeepLibrariesOut(t *testing.T) {
	for _, s := range sources(t) {
		unwanted, _ := ruleFor(walls, s.room())
		for _, imported := range imports(s) {
			for _, library := range unwanted {
				reaches := imported == library || strings.HasSuffix(library, "/") && strings.HasPrefix(imported, library)
				assert.False(t, reaches && !s.isTest(), "%s must not import %s", s.name, imported)
			}
		}
	}
}

func TestOnlyDevBenchAndTestsUseTheSandbox(t *testing.T) {
	for _, s := range sources(t) {
		isSandbox := s.room() == "sandbox" || strings.HasPrefix(s.room(), "sandbox/")
		if isSandbox || s.isTest() || strings.HasPrefix(s.name, "cmd/lifeline/dev") || s.room() == "cmd/bench" {
			continue
		}
		for _, imported := range imports(s) {
			assert.False(t, strings.HasPrefix(imported, module+"/sandbox"), "%s must not import %s", s.name, imported)
		}
	}
}

func imports(s source) []string {
	list := make([]string, 0, len(s.file.Imports))
	for _, spec := range s.file.Imports {
		if imported, err := strconv.Unquote(spec.Path.Value); err == nil {
			list = append(list, imported)
		}
	}
	return list
}

// ruleFor finds the line for a room: its own, or the one with a star.
func ruleFor(rules map[string][]string, room string) ([]string, bool) {
	if rule, ok := rules[room]; ok {
		return rule, true
	}
	for pattern, rule := range rules {
		if fits(room, pattern) {
			return rule, true
		}
	}
	return nil, false
}

func fitsOne(room string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return fits(room, pattern) })
}

func fits(room, pattern string) bool {
	parent, star := strings.CutSuffix(pattern, "*")
	if !star {
		return room == pattern
	}
	rest, below := strings.CutPrefix(room, parent)
	return below && !strings.Contains(rest, "/")
}
