package main

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// person is somebody at the desk's pages, in a real browser.
type person struct {
	t   *testing.T
	ctx context.Context
}

func openBrowser(t *testing.T) person {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(endAllocator)
	ctx, endTab := chromedp.NewContext(allocator)
	t.Cleanup(endTab)
	ctx, giveUp := context.WithTimeout(ctx, patience)
	t.Cleanup(giveUp)
	return person{t, ctx}
}

func (p person) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, actions...))
}

// follow goes where a link of the page with this text leads, in the same tab.
func (p person) follow(text string) {
	p.t.Helper()
	address, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`[...document.querySelectorAll("main a")].find(a => a.textContent.includes("`+text+`")).href`))
	require.NoError(p.t, err)
	p.do(chromedp.Navigate(address))
}

// sees waits until the page says something, by itself.
func (p person) sees(selector, text string) {
	p.t.Helper()
	shown := `[...document.querySelectorAll("` + selector + `")].some(e => e.textContent.includes("` + text + `"))`
	_, err := chromedp.Run(p.ctx, chromedp.Poll[bool](shown, chromedp.WithPollingTimeout(patience)))
	require.NoError(p.t, err, text)
}

func (p person) text(selector string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Text(selector))
	require.NoError(p.t, err)
	return text
}

func TestDeskShowsOnTheCaseWhoOwnsItFromTheStartOfTheSession(t *testing.T) {
	t.Parallel()
	for reassign, owner := range map[string]string{"always": "Sam Okafor", "never": "Dana Whitfield"} {
		t.Run(reassign, func(t *testing.T) {
			t.Parallel()
			s := playDynamics(t, map[string]string{d365 + "REASSIGN": reassign})
			sam := openBrowser(t)
			sam.do(chromedp.Navigate(s.world.DeskURL()))
			sam.follow("LogMeIn Rescue")
			sam.follow("Sam")
			sam.follow("Till does not print receipts")
			sam.sees(".fields div", "OwnerDana Whitfield")
			sam.do(chromedp.Click("#new-session"))
			session := s.join(sam.text(".session .pin"), "Maria")
			s.do(s.world.Rescue.PickUp(session.ID, "sam@example.com"))
			sam.sees(".session .state", "In progress")
			sam.sees(".fields div", "Owner"+owner)
			s.do(s.world.Rescue.CloseByTechnician(session.ID))
			sam.sees(".session .state", "Completed")
			sam.sees(".fields div", "Owner"+owner)
		})
	}
}
