package inbox

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

// dieAfter ends what runs at the step as a killed process does: nothing after it happens, clean-up included.
func (i *Inbox) dieAfter(step string) {
	i.fault = func(done string) error {
		if done == step {
			panic("killed after " + step)
		}
		return nil
	}
}

// reopen is the next start of the program.
func reopen(t *testing.T, dead *Inbox) *Inbox {
	t.Helper()
	require.NoError(t, dead.lock.Unlock())
	return open(t, dead.dir, options(t))
}

func TestCrashWhilePuttingLeavesTheItemWholeOrNotAtAll(t *testing.T) {
	for step, kept := range map[string][]string{
		"write":  {"before"}, // nobody was told that we have it
		"rename": {"before", "during"},
		"sync":   {"before", "during"},
	} {
		t.Run(step, func(t *testing.T) {
			i := open(t, t.TempDir(), options(t))
			put(t, i, post("acme-sn", "before"))
			i.dieAfter(step)
			assert.Panics(t, func() { _ = keep(t, i, post("acme-sn", "during")) })

			again := reopen(t, i)
			assert.Len(t, files(t, i.dir), len(kept), "no half files")
			assert.Equal(t, kept, forward(t, again, len(kept), accept))
		})
	}
}

func TestCrashWhileAnItemIsHeldLeavesItToTheNextStart(t *testing.T) {
	i := open(t, t.TempDir(), options(t))
	_, err := i.Hold(t.Context(), post("acme-sn", "held"))
	require.NoError(t, err)
	assert.Equal(t, []string{"held"}, forward(t, reopen(t, i), 1, accept))
}

func TestCrashBetweenDeliveryAndRemovalDeliversAgain(t *testing.T) {
	i := open(t, t.TempDir(), options(t))
	put(t, i, post("acme-sn", "1"), post("acme-sn", "2"))
	i.dieAfter("deliver")
	assert.Panics(t, func() { i.pass(t.Context(), func(context.Context, Item) error { return nil }) })

	assert.Equal(t, []string{"1", "2"}, forward(t, reopen(t, i), 2, accept))
}

func TestCrashWhileSettingAsideLosesNothing(t *testing.T) {
	poison := func(Item) error { return support.Stopped(support.CodeInvalid, "not readable", nil) }
	i := open(t, t.TempDir(), options(t))
	put(t, i, post("acme-sn", "poison"))
	i.dieAfter("reason")
	assert.Panics(t, func() { i.pass(t.Context(), func(_ context.Context, item Item) error { return poison(item) }) })

	again := reopen(t, i)
	assert.Zero(t, again.Dead())
	forward(t, again, 1, poison)
	assert.Equal(t, 1, again.Dead())
}

func TestFailingDiskRefusesThePostAndFreesItsRoom(t *testing.T) {
	for _, step := range []string{"write", "rename", "sync"} {
		t.Run(step, func(t *testing.T) {
			o := options(t)
			o.MaxFiles = 1
			i := open(t, t.TempDir(), o)
			broken := errors.New("no space left")
			i.fault = func(done string) error {
				if done == step {
					return broken
				}
				return nil
			}
			require.ErrorIs(t, keep(t, i, post("acme-sn", "1")), broken)
			assert.Empty(t, files(t, i.dir))
			assert.Zero(t, i.Depth())

			i.fault = nil
			put(t, i, post("acme-sn", "2"))
			assert.Equal(t, []string{"2"}, forward(t, i, 1, accept))
		})
	}
}
