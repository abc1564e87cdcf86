package workflows_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAnySessionThatBeganBeforeAChangeEnds plays sessions whose first run began before some of the marked changes, or
// all of them. Such a run may do what it did then, but it ends, and whoever presses anything is answered. One of some ten
// thousand seeds (54144, 68240) shows what code-settled-first mended: a press that came while a code was being closed that
// had run out kept the run from ending.
func TestAnySessionThatBeganBeforeAChangeEnds(t *testing.T) {
	t.Parallel()
	changes := markedChanges(t)
	eachSeed(t, func(t *testing.T, p *plot) {
		for _, change := range changes {
			if p.seed%4 == 0 || p.chance(30) {
				p.before = append(p.before, change)
			}
		}
		obeys(t, p, []law{everyRunEnds, everyPressIsAnswered})
	})
}

// markedChanges lists the changes that this room's workflows mark, as their sources name them.
func markedChanges(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var sources strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		sources.Write(text)
	}
	var changes []string
	for _, use := range regexp.MustCompile(`GetVersion\(ctx, (\w+),`).FindAllStringSubmatch(sources.String(), -1) {
		name := regexp.MustCompile(`\b` + use[1] + ` = "([a-z-]+)"`).FindStringSubmatch(sources.String())
		require.NotNil(t, name, use[1])
		if !slices.Contains(changes, name[1]) {
			changes = append(changes, name[1])
		}
	}
	require.Greater(t, len(changes), 10)
	return changes
}
