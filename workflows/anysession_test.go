package workflows_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// seedsVariable names the seeds to play instead of the usual ones: one, or from-to.
const seedsVariable = "LIFELINE_TEST_SEEDS"

// usualSeeds are played in each run of the tests.
const usualSeeds = 300

// TestLawsHoldOfAnySession plays sessions whose course, presses and faults are drawn from a seed, and asks whether the
// laws hold of them. A seed that fails tells its story; it is played again, alone or among many others, by
//
//	LIFELINE_TEST_SEEDS=17 go test ./workflows -run TestLawsHoldOfAnySession
//	LIFELINE_TEST_SEEDS=1000-31000 go test ./workflows -run TestLawsHoldOfAnySession
func TestLawsHoldOfAnySession(t *testing.T) {
	t.Parallel()
	eachSeed(t, func(t *testing.T, p *plot) { obeys(t, p, laws) })
}

// eachSeed plays the plot of each seed.
func eachSeed(t *testing.T, play func(*testing.T, *plot)) {
	from, to := seeds(t)
	for seed := from; seed < to; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			play(t, drawn(seed))
		})
	}
}

func seeds(t *testing.T) (from, to uint64) {
	t.Helper()
	first, end, many := strings.Cut(os.Getenv(seedsVariable), "-")
	if first == "" {
		return 0, usualSeeds
	}
	from, err := strconv.ParseUint(first, 10, 64)
	if to = from + 1; many && err == nil {
		to, err = strconv.ParseUint(end, 10, 64)
	}
	if err != nil {
		t.Fatalf("%s: %v", seedsVariable, err)
	}
	return from, to
}

// obeys plays a plot, and tells it when a law is broken.
func obeys(t *testing.T, p *plot, laws []law) {
	k := newTelling(t, p)
	defer func() {
		if failure := recover(); failure != nil {
			t.Errorf("the run broke: %v", failure)
		}
		if t.Failed() {
			t.Log("\n" + p.String() + "It went: " + strings.Join(k.calls, " "))
		}
	}()
	k.play()
	for _, law := range laws {
		if err := law.holds(k); err != nil {
			t.Errorf("%s: %v", law.name, err)
		}
	}
}
