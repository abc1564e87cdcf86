package inbox

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/engine"
	"example.com/lifeline/support"
)

var received = time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)

func options(t testing.TB) Options {
	t.Helper()
	keys, err := engine.ParseKeys("test:" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
	require.NoError(t, err)
	return Options{Sealer: keys, Retry: time.Millisecond, Logger: slog.New(slog.DiscardHandler)}
}

func open(t testing.TB, dir string, o Options) *Inbox {
	t.Helper()
	i, err := Open(dir, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, i.Close()) })
	return i
}

func post(connection, body string) Item {
	return Item{Connection: connection, ContentType: "text/xml", Event: "end", Body: []byte(body), ReceivedAt: received}
}

// keep leaves an item to Forward.
func keep(t testing.TB, i *Inbox, item Item) error {
	t.Helper()
	held, err := i.Hold(t.Context(), item)
	if err == nil {
		held.Release()
	}
	return err
}

func put(t testing.TB, i *Inbox, items ...Item) {
	t.Helper()
	for _, item := range items {
		require.NoError(t, keep(t, i, item))
	}
}

// forward delivers until the given number of calls was made, and returns the bodies in the order of the calls.
func forward(t testing.TB, i *Inbox, calls int, answer func(Item) error) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var bodies []string
	err := i.Forward(ctx, func(_ context.Context, item Item) error {
		bodies = append(bodies, string(item.Body))
		if len(bodies) == calls {
			cancel()
		}
		return answer(item)
	})
	require.ErrorIs(t, err, context.Canceled)
	return bodies
}

func accept(Item) error { return nil }

func TestItemSurvivesARestartUnchangedAndSealed(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, options(t))
	want := post("acme-sn", "<chat>Dana Smith</chat>")
	put(t, first, want)
	require.NoError(t, first.Close())
	for _, name := range files(t, dir) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.NotContains(t, string(text), "Dana")
	}

	again := open(t, dir, options(t))
	assert.Equal(t, 1, again.Depth())
	var got Item
	forward(t, again, 1, func(item Item) error { got = item; return nil })
	assert.Equal(t, want, got)
	assert.Zero(t, again.Depth())
}

func TestOldestGoesFirstAlsoWhenTheClockStoodStill(t *testing.T) {
	i := open(t, t.TempDir(), options(t))
	late := post("acme-sn", "4")
	late.ReceivedAt = received.Add(time.Minute)
	put(t, i, post("acme-sn", "1"), post("acme-sn", "2"), post("acme-sn", "3"), late, post("acme-sn", "5"))

	assert.Equal(t, []string{"1", "2", "3", "4", "5"}, forward(t, i, 5, accept))
}

func TestFailingConnectionKeepsItsOrderAndHoldsUpNoOther(t *testing.T) {
	i := open(t, t.TempDir(), options(t))
	put(t, i, post("down", "a1"), post("up", "b1"), post("down", "a2"), post("up", "b2"))
	failures := 1

	got := forward(t, i, 5, func(item Item) error {
		if item.Connection == "down" && failures > 0 {
			failures--
			return support.Retryable(support.CodeUnreachable, "the engine can't be reached", 0, nil)
		}
		return nil
	})

	assert.Equal(t, []string{"a1", "b1", "b2", "a1", "a2"}, got)
	assert.Zero(t, i.Depth())
}

func TestPutWakesForward(t *testing.T) {
	o := options(t)
	o.Retry = time.Hour
	i := open(t, t.TempDir(), o)
	ctx, cancel := context.WithCancel(t.Context())
	delivered := make(chan string)
	done := make(chan error)
	go func() {
		done <- i.Forward(ctx, func(_ context.Context, item Item) error { delivered <- string(item.Body); return nil })
	}()

	for _, body := range []string{"first", "second"} {
		put(t, i, post("acme-sn", body))
		assert.Equal(t, body, <-delivered)
	}
	cancel()
	assert.ErrorIs(t, <-done, context.Canceled)
}

func TestPoisonIsSetAsideWithItsReason(t *testing.T) {
	dir := t.TempDir()
	i := open(t, dir, options(t))
	put(t, i, post("acme-sn", "poison"), post("acme-sn", "good"))

	got := forward(t, i, 2, func(item Item) error {
		if string(item.Body) == "poison" {
			return support.Stopped(support.CodeInvalid, "the post is not XML", errors.New("private cause"))
		}
		return nil
	})

	assert.Equal(t, []string{"poison", "good"}, got)
	assert.Equal(t, 1, i.Dead())
	assert.Zero(t, i.Depth())
	assert.Equal(t, "invalid: the post is not XML\n", reason(t, dir))
	require.NoError(t, i.Close())
	assert.Equal(t, 1, open(t, dir, options(t)).Dead(), "the count survives a restart")
}

func TestItemThatCanNotBeOpenedIsSetAside(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, entry{order: 1, connection: "acme-sn"}.name()), []byte("damaged"), 0o600))
	i := open(t, dir, options(t))
	put(t, i, post("acme-sn", "good"))

	assert.Equal(t, []string{"good"}, forward(t, i, 1, accept))
	assert.Equal(t, 1, i.Dead())
	assert.Contains(t, reason(t, dir), "cannot be opened")
}

func TestFullInboxRefusesAndTakesAgainOnceItIsEmptied(t *testing.T) {
	for name, bound := range map[string]func(*Options){
		"files": func(o *Options) { o.MaxFiles = 2 },
		"bytes": func(o *Options) { o.MaxBytes = 400 },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			bound(&o)
			i := open(t, t.TempDir(), o)
			put(t, i, post("acme-sn", "1"), post("acme-sn", "2"))
			require.ErrorIs(t, keep(t, i, post("acme-sn", "3")), ErrFull)

			forward(t, i, 2, accept)
			require.NoError(t, i.Ready())
			put(t, i, post("acme-sn", "3"))
		})
	}
}

func TestInboxThatCanKeepNothingIsNotReady(t *testing.T) {
	o := options(t)
	o.MaxFiles = 1
	i := open(t, t.TempDir(), o)
	require.NoError(t, i.Ready())
	assert.Empty(t, files(t, i.dir), "asking leaves nothing behind")
	put(t, i, post("acme-sn", "1"))
	require.ErrorIs(t, i.Ready(), ErrFull)
	forward(t, i, 1, accept)
	require.NoError(t, os.RemoveAll(i.dir))
	require.ErrorIs(t, i.Ready(), os.ErrNotExist)
}

func TestDirectoryHasOneOwner(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, options(t))
	_, err := Open(dir, options(t))
	assert.ErrorContains(t, err, "used by another process")
}

func TestInboxWithoutAKeyIsRefused(t *testing.T) {
	_, err := Open(t.TempDir(), Options{})
	assert.ErrorContains(t, err, "no encryption key")
}

func FuzzParseName(f *testing.F) {
	f.Add(entry{order: 1, connection: "acme-sn"}.name())
	f.Add("-.post")
	f.Add("99999999999999999999-a.post")
	f.Fuzz(func(t *testing.T, name string) {
		if e, ok := parseName(name); ok {
			again, ok := parseName(e.name())
			assert.True(t, ok)
			assert.Equal(t, e, again)
		}
	})
}

func files(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		if !e.IsDir() && e.Name() != lockFile {
			names = append(names, e.Name())
		}
	}
	return names
}

func reason(t testing.TB, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, deadDir, "*"+reasonSuffix))
	require.NoError(t, err)
	require.Len(t, found, 1)
	text, err := os.ReadFile(found[0])
	require.NoError(t, err)
	return string(text)
}

func TestHeldItemIsLeftAloneUntilItIsReleased(t *testing.T) {
	i := open(t, t.TempDir(), options(t))
	held, err := i.Hold(t.Context(), post("acme-sn", "held"))
	require.NoError(t, err)
	put(t, i, post("acme-sn", "waiting"))
	assert.Equal(t, []string{"waiting"}, forward(t, i, 1, accept))
	held.Release()
	assert.Equal(t, []string{"held"}, forward(t, i, 1, accept))
	assert.Empty(t, files(t, i.dir))
}

func TestDroppedItemIsGoneAndItsRoomFree(t *testing.T) {
	o := options(t)
	o.MaxFiles = 1
	i := open(t, t.TempDir(), o)
	held, err := i.Hold(t.Context(), post("acme-sn", "delivered"))
	require.NoError(t, err)
	require.ErrorIs(t, keep(t, i, post("acme-sn", "too much")), ErrFull, "what is held needs room")
	held.Drop()
	assert.Empty(t, files(t, i.dir))
	put(t, i, post("acme-sn", "next"))
	assert.Equal(t, 1, i.Depth())
}

func TestDroppedItemThatSomebodyTookOutGoesUnnoticed(t *testing.T) {
	i := open(t, t.TempDir(), options(t))
	held, err := i.Hold(t.Context(), post("acme-sn", "delivered"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(i.dir, files(t, i.dir)[0])))
	held.Drop()
	put(t, i, post("acme-sn", "next"))
	assert.Equal(t, []string{"next"}, forward(t, i, 1, accept))
}
