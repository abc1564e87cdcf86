package sandbox_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// widths are a desk's screen and the smallest telephone.
var widths = []int64{1280, 340}

// chrome is a headless browser that collects what pages complain of.
type chrome struct {
	t          *testing.T
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
}

func openChrome(t *testing.T) *chrome {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))
	for _, flag := range []string{"disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(endAllocator)
	ctx, endTab := chromedp.NewContext(allocator)
	t.Cleanup(endTab)
	ctx, giveUp := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(giveUp)
	c := &chrome{t: t, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, c.listen))
	return c
}

func (c *chrome) listen(event any) {
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		c.complain("exception: " + event.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError {
			c.complain("console.error")
		}
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError {
			c.complain(event.Entry.Text + " " + event.Entry.URL)
		}
	}
}

func (c *chrome) complain(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.complaints = append(c.complaints, text)
}

// inspect opens a page wide and light, then makes it narrow and dark: it must fit, and complain of nothing.
func (c *chrome) inspect(address string) {
	c.t.Helper()
	c.dress(widths[0], "light")
	require.NoError(c.t, chromedp.Do(c.ctx, chromedp.Navigate(address), chromedp.WaitReady("main")), address)
	c.fits(address, widths[0])
	c.dress(widths[1], "dark")
	c.fits(address, widths[1])
	c.mu.Lock()
	defer c.mu.Unlock()
	assert.Empty(c.t, c.complaints, address)
	c.complaints = nil
}

func (c *chrome) dress(width int64, scheme string) {
	c.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	_, err := chromedp.Call(c.ctx, emulation.SetEmulatedMedia, media)
	require.NoError(c.t, err)
	require.NoError(c.t, chromedp.Do(c.ctx, chromedp.EmulateViewport(width, 900)))
}

func (c *chrome) fits(address string, width int64) {
	c.t.Helper()
	over, err := chromedp.Run(c.ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth - window.innerWidth`))
	require.NoError(c.t, err)
	assert.LessOrEqual(c.t, over, int64(0), "%s scrolls sideways at %d pixels", address, width)
	c.keep(address, width)
}

var notInFiles = regexp.MustCompile(`[^A-Za-z0-9]+`)

// keep leaves a picture with the test's artifacts, when these are asked for (go test -artifacts).
func (c *chrome) keep(address string, width int64) {
	c.t.Helper()
	if asked := flag.Lookup("test.artifacts"); asked == nil || asked.Value.String() != "true" {
		return
	}
	picture, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
	require.NoError(c.t, err)
	name := fmt.Sprintf("%s-%d.png", notInFiles.ReplaceAllString(address, "-"), width)
	require.NoError(c.t, os.WriteFile(filepath.Join(c.t.ArtifactDir(), name), picture, 0o600))
}
