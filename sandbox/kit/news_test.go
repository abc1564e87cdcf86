package kit_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/kit"
)

func TestNextIsClosedAtTheNextChangeOnly(t *testing.T) {
	var news kit.News
	news.Announce()
	next := news.Next()
	select {
	case <-next:
		t.Fatal("closed by an earlier change")
	default:
	}
	news.Announce()
	<-next
	assert.EqualValues(t, 2, news.Count())
}

func TestAwaitLooksAgainAfterEachChange(t *testing.T) {
	var (
		news kit.News
		done atomic.Int32
	)
	looked, ended := make(chan struct{}), make(chan error)
	go func() {
		ended <- news.Await(t.Context(), func() bool {
			finished := done.Load() == 2
			looked <- struct{}{}
			return finished
		})
	}()
	<-looked
	for range 2 {
		done.Add(1)
		news.Announce()
		<-looked
	}
	require.NoError(t, <-ended)
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	var news kit.News
	over, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, news.Await(over, func() bool { return false }), context.Canceled)
}

func TestAboveReturnsTheNumberOfChanges(t *testing.T) {
	var news kit.News
	news.Announce()
	count, err := news.Above(t.Context(), 0)
	require.NoError(t, err)
	assert.EqualValues(t, 1, count)

	go news.Announce()
	count, err = news.Above(t.Context(), 1)
	require.NoError(t, err)
	assert.EqualValues(t, 2, count)
}

func TestAboveTellsTheNumberSoFarWhenItsContextEnds(t *testing.T) {
	var news kit.News
	news.Announce()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	count, err := news.Above(over, 1)
	require.ErrorIs(t, err, context.Canceled)
	assert.EqualValues(t, 1, count)
}
