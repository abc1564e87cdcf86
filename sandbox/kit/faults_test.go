package kit_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/sandbox/kit"
)

type fault struct {
	Path  string
	Times int
}

func faults(list ...fault) *kit.Faults[fault] {
	store := kit.NewFaults(func(f *fault) *int { return &f.Times })
	for _, f := range list {
		store.Add(f)
	}
	return store
}

func on(path string) func(*fault) bool { return func(f *fault) bool { return f.Path == path } }

func TestFaultWithoutACountIsUsedOnce(t *testing.T) {
	store := faults(fault{Path: "/a"})
	assert.NotNil(t, store.Take(on("/a")))
	assert.Nil(t, store.Take(on("/a")))
}

func TestFaultIsUsedAsOftenAsItSays(t *testing.T) {
	store := faults(fault{"/a", 2})
	assert.NotNil(t, store.Take(on("/a")))
	assert.Equal(t, []fault{{"/a", 1}}, store.List())
	assert.NotNil(t, store.Take(on("/a")))
	assert.Empty(t, store.List())
}

func TestFaultBelowZeroLastsUntilCleared(t *testing.T) {
	store := faults(fault{"/a", -1})
	for range 3 {
		assert.NotNil(t, store.Take(on("/a")))
	}
	store.Clear()
	assert.Nil(t, store.Take(on("/a")))
	assert.NotNil(t, store.List(), "an empty list is [] in JSON")
}

func TestFirstFaultThatMatchesIsTaken(t *testing.T) {
	store := faults(fault{"/b", 1}, fault{"/a", 5}, fault{"/a", 7})
	assert.Equal(t, 5, store.Take(on("/a")).Times)
	assert.Nil(t, store.Take(on("/c")))
	assert.Equal(t, []fault{{"/b", 1}, {"/a", 4}, {"/a", 7}}, store.List())
}

func TestPauseEndsWithItsTimeOrItsContext(t *testing.T) {
	assert.True(t, kit.Pause(t.Context(), 0))
	over, cancel := context.WithCancel(t.Context())
	cancel()
	assert.False(t, kit.Pause(over, time.Hour))
}
