package rules

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"

	"example.com/lifeline/config"
	"example.com/lifeline/engine/index"
	"example.com/lifeline/metrics"
)

var (
	variableName  = regexp.MustCompile(`\bLIFELINE_[A-Z0-9_]*[A-Z0-9]\b`)
	metricName    = regexp.MustCompile(`\blifeline_[a-z_]+(?:_total|_seconds|_seconds_bucket|_attention|_posts)\b`)
	attributeName = regexp.MustCompile(`\bLifeline(?:[A-Z][a-z]+)+\b`)
	testName      = regexp.MustCompile("`(Test[A-Z]\\w+)`")
	testFunc      = regexp.MustCompile(`(?m)^func (Test[A-Z]\w+)\(`)
	settingTest   = regexp.MustCompile(`(?m)^func Test(S\d+(?:AndS\d+)*)[A-Z]\w+\(`)
	settingRow    = regexp.MustCompile(`(?m)^\| (S\d+) \|`)
	makeTarget    = regexp.MustCompile("`make ([a-z-]+)`")
	targetLine    = regexp.MustCompile(`(?m)^([a-z-]+):`)
)

// exampleConnections are the names that pages give to connections; each has the variables of any connection.
var exampleConnections = []string{"LIFELINE_ACME_SN_", "LIFELINE_ACME_D365_", "LIFELINE_ACME_TV_SN_", "LIFELINE_ACME_TV_D365_"}

// others are read outside the configuration's structs.
var others = []string{"LIFELINE_DATA", "LIFELINE_DEV_SHIFT", "LIFELINE_BIN", "LIFELINE_CONNECT_USER", "LIFELINE_CONNECT_PASSWORD", "LIFELINE_TEST_TEMPORAL", "LIFELINE_TEST_SEEDS"}

func TestPagesNameOnlyVariablesThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, v := range variables() {
		known[v.Name] = true
	}
	for _, name := range others {
		known[name] = true
	}
	eachPage(t, func(page, text string) {
		for _, name := range variableName.FindAllString(text, -1) {
			assert.True(t, isVariable(known, name), "%s names %s", page, name)
		}
	})
}

func isVariable(known map[string]bool, name string) bool {
	name = strings.TrimSuffix(name, "_FILE")
	if known[name] || known[name+"_FILE"] {
		return true
	}
	for _, prefix := range exampleConnections {
		if rest, of := strings.CutPrefix(name, prefix); of && known[example+rest] {
			return true
		}
	}
	return slices.Contains(exampleConnections, name+"_")
}

func TestPagesNameOnlyMetricsThatExistAndOperatingNamesAll(t *testing.T) {
	registered := map[string]bool{}
	descriptions := make(chan *prometheus.Desc, 1000)
	all := metrics.New()
	all.WatchInbox(nil)
	all.Registry.Describe(descriptions)
	close(descriptions)
	for d := range descriptions {
		if _, rest, found := strings.Cut(d.String(), `fqName: "lifeline_`); found {
			name, _, _ := strings.Cut(rest, `"`)
			registered["lifeline_"+name] = false
		}
	}
	eachPage(t, func(page, text string) {
		for _, name := range metricName.FindAllString(text, -1) {
			name = strings.TrimSuffix(name, "_bucket")
			_, exists := registered[name]
			assert.True(t, exists, "%s names %s", page, name)
			registered[name] = registered[name] || page == "docs/operating.md"
		}
	})
	for name, told := range registered {
		assert.True(t, told, "docs/operating.md does not tell of %s", name)
	}
}

func TestOperatingTellsOfEverySearchAttribute(t *testing.T) {
	text := string(read(t, "docs/operating.md"))
	known := slices.Sorted(maps.Keys(index.Types()))
	for _, name := range known {
		assert.Contains(t, text, name)
	}
	for _, name := range attributeName.FindAllString(text, -1) {
		assert.Contains(t, known, name, "docs/operating.md")
	}
}

func TestPagesNameOnlyTestsThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, s := range sources(t) {
		for _, match := range testFunc.FindAllStringSubmatch(string(s.text), -1) {
			known[match[1]] = true
		}
	}
	eachPage(t, func(page, text string) {
		for _, match := range testName.FindAllStringSubmatch(text, -1) {
			assert.True(t, known[match[1]], "%s names %s", page, match[1])
		}
	})
}

// A setting of the connector that Lifeline replaces is flipped, end to end, by a test with its number.
func TestEverySettingOfTheReplacedConnectorHasItsTest(t *testing.T) {
	tested := map[string]bool{}
	for _, s := range sources(t) {
		for _, match := range settingTest.FindAllStringSubmatch(string(s.text), -1) {
			for _, setting := range strings.Split(match[1], "And") {
				tested[setting] = tested[setting] || strings.HasPrefix(s.name, "cmd/lifeline/")
			}
		}
	}
	listed := settingRow.FindAllStringSubmatch(string(read(t, "docs/servicenow.md")), -1)
	assert.Len(t, listed, 26)
	for _, match := range listed {
		assert.True(t, tested[match[1]], match[1])
	}
}

func TestPagesNameOnlyMakeTargetsThatExist(t *testing.T) {
	var known []string
	for _, match := range targetLine.FindAllStringSubmatch(string(read(t, "Makefile")), -1) {
		known = append(known, match[1])
	}
	eachPage(t, func(page, text string) {
		for _, match := range makeTarget.FindAllStringSubmatch(text, -1) {
			assert.Contains(t, known, match[1], page)
		}
	})
}

// Pages name variables of a connection without their prefix where that reads better: RESCUE_REGION, NOTE_LIMIT.
func TestPagesShortenOnlyVariablesThatExist(t *testing.T) {
	short := regexp.MustCompile("`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`")
	foreign := []string{"LIFELINE_", "TEMPORAL_", "POSTGRES_"}
	known := variables()
	eachPage(t, func(page, text string) {
		for _, match := range short.FindAllStringSubmatch(text, -1) {
			if slices.ContainsFunc(foreign, func(prefix string) bool { return strings.HasPrefix(match[1], prefix) }) {
				continue
			}
			ends := func(name string) bool { return strings.HasSuffix(name, "_"+match[1]) }
			assert.True(t, slices.ContainsFunc(known, func(v config.Variable) bool { return ends(v.Name) }), "%s names %s", page, match[1])
		}
	})
}
