package web_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/api"
)

// widths are the windows in which every page is looked at: a desk, and the narrow side pane of a CRM.
var widths = []int64{1280, 340}

// patience bounds what a page may take to show something.
const patience = 20 * time.Second

var browser context.Context // the one browser of all tests; each test has a profile of its own in it

func TestMain(m *testing.M) {
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true))
	if path, err := exec.LookPath("chromium"); err == nil {
		flags = append(flags, chromedp.ExecPath(path))
	}
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, endBrowser := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "The pages are tested in headless Chromium, which does not start. On Debian and Ubuntu, install the package chromium.\n", err)
		os.Exit(1)
	}
	browser = ctx
	code := m.Run()
	endBrowser()
	endAllocator()
	os.Exit(code)
}

// tab is a page in the browser, of which every complaint is kept.
type tab struct {
	t          *testing.T
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
	tolerates  []string // parts of complaints that the test provokes
}

// open opens an address of the world in a window of the width.
func (w *world) open(path string, width int64) *tab {
	w.t.Helper()
	ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	w.t.Cleanup(end)
	page := &tab{t: w.t, ctx: ctx}
	require.NoError(w.t, chromedp.Listen(ctx, page.listen))
	_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: api.OperatorCookie, Value: operatorToken, URL: w.server.URL})
	require.NoError(w.t, err)
	page.do(chromedp.EmulateViewport(width, 900), chromedp.Navigate(w.server.URL+path))
	w.t.Cleanup(page.mustBeQuiet)
	return page
}

func (p *tab) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		p.complain("console." + string(e.Type))
	case *runtime.EventExceptionThrown:
		p.complain(fmt.Sprintf("%s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Level == cdplog.EntryLevelWarning {
			p.complain(e.Entry.Text + " " + e.Entry.URL)
		}
	}
}

func (p *tab) complain(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, tolerated := range p.tolerates {
		if strings.Contains(text, tolerated) {
			return
		}
	}
	p.complaints = append(p.complaints, text)
}

func (p *tab) tolerate(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tolerates = append(p.tolerates, part)
}

func (p *tab) mustBeQuiet() {
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Empty(p.t, p.complaints, "the browser's console holds errors")
}

// do runs steps in the tab.
func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	read(p, chromedp.Steps(steps...))
}

// read runs an action in the tab and gives what it answers.
func read[T any](p *tab, action chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	require.NoError(p.t, err)
	return value
}

// script runs a line in the page.
func (p *tab) script(line string) {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void]("{" + line + "}"))
}

func (p *tab) text(expression string) string {
	p.t.Helper()
	return read(p, chromedp.Evaluate[string](expression))
}

// until waits for a condition in the page's own language. The page may be on its way to another one meanwhile.
func (p *tab) until(condition string) {
	p.t.Helper()
	holds := func() bool {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		defer cancel()
		held, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		return err == nil && held
	}
	require.Eventually(p.t, holds, patience, 20*time.Millisecond, "never true: %s", condition)
}

// shows waits for a text in an element.
func (p *tab) shows(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some(e => !e.hidden && e.innerText.includes(%q))`, selector, text))
}

func (p *tab) click(selector string) {
	p.t.Helper()
	p.until(fmt.Sprintf("document.querySelector(%q)?.disabled === false || document.querySelector(%q)?.href", selector, selector))
	p.reach(chromedp.Click(chromedp.CSS(selector)))
}

// enter types a text into a field.
func (p *tab) enter(selector, text string) {
	p.t.Helper()
	p.reach(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// choose sets a field to a value.
func (p *tab) choose(selector, value string) {
	p.t.Helper()
	p.reach(chromedp.SetValue(chromedp.CSS(selector), value))
}

// reach acts on an element. A page that has just come may replace the one in which the element was found; then it is
// looked for again.
func (p *tab) reach(action chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	acted := func() bool {
		ctx, cancel := context.WithTimeout(p.ctx, patience/2)
		defer cancel()
		return chromedp.Do(ctx, action) == nil
	}
	require.Eventually(p.t, acted, patience, 20*time.Millisecond)
}

// mustFit demands that nothing sticks out sideways.
func (p *tab) mustFit() {
	p.t.Helper()
	over := read(p, chromedp.Evaluate[[]string](`[...document.querySelectorAll('body *')]
	  .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5 && !e.classList.contains('hidden'))
	  .map(e => e.tagName + '#' + e.id)`))
	require.Empty(p.t, over, "these stick out")
	require.False(p.t, read(p, chromedp.Evaluate[bool]("document.documentElement.scrollWidth > innerWidth")), "the page scrolls sideways")
}

// keep keeps a picture of the whole page, if the tests are run to look at it: go test -artifacts.
func (p *tab) keep(name string) {
	p.t.Helper()
	if flag.Lookup("test.artifacts").Value.String() != "true" {
		return
	}
	picture := read(p, chromedp.FullScreenshot(100))
	require.NoError(p.t, os.WriteFile(filepath.Join(p.t.ArtifactDir(), name+".png"), picture, 0o600))
}

// mustFitEverywhere looks at the page in every width, in light and dark.
func (p *tab) mustFitEverywhere() {
	p.t.Helper()
	for _, width := range widths {
		p.do(chromedp.EmulateViewport(width, 900))
		p.mustFit()
		p.keep(fmt.Sprintf("light-%d", width))
	}
	p.dark()
	p.keep("dark")
	require.NotEqual(p.t, "owned", p.text("document.title"), "a text ran as a script")
}

// dark shows the page as a reader who prefers dark pages sees it.
func (p *tab) dark() {
	p.t.Helper()
	scheme := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"}
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{scheme}})
	require.NoError(p.t, err)
}

func (p *tab) forgetCookies() {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, network.ClearBrowserCookies, cdp.Empty{})
	require.NoError(p.t, err)
}
