package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
	"example.com/lifeline/workflows"
)

// busy is a session with everything that a panel can show, hostile texts among it.
func busy() workflows.View {
	view, online := invited(), true
	view.State, view.CustomerOnline, view.StartedAt = support.Connected, &online, time.Now()
	view.Code, view.CustomerLink = "s104-882-317", "https://get.teamviewer.example.com/s104882317?"+fmt.Sprintf("%0200d", 0)
	view.Customer.Name, view.Technician, view.Number = hostile, hostile, "INC-"+hostile
	view.VendorSessionID = "s104-882-317"
	view.Remarks = []string{"the customer has no e-mail address", hostile}
	view.Attention = &workflows.AttentionView{Step: "write the session row", Code: support.CodePermission, Reason: hostile, Since: time.Now()}
	view.Shared = []workflows.Shared{
		{To: support.Customer{Name: hostile, Email: "ann@example.org"}, Channel: support.MailSMTP, Status: support.MailSent, At: time.Now()},
		{To: support.Customer{Email: "a.very.long.address.of.somebody.in.the.accounts.department@subsidiary.example.org"}, Channel: support.MailCRM, Status: support.MailFailed, At: time.Now()},
	}
	return view
}

func TestPanelFitsAndStaysQuietInEveryState(t *testing.T) {
	t.Parallel()
	waiting, gone, asked := invited(), invited(), invited()
	waiting.State = support.Waiting
	gone.State, gone.Reason, gone.Code, gone.CustomerLink = support.Expired, support.ReasonExpired, "", ""
	asked.State, asked.Code, asked.CustomerLink, asked.ExpiresAt = support.Requested, "", "", time.Time{}
	views := map[string]workflows.View{"none": {}, "requested": asked, "invited": invited(), "waiting": waiting, "busy": busy(), "expired": gone}
	for name, view := range views {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.crm.rows = []support.RowInfo{{
				State: support.Filed, Reason: support.ReasonCustomer, StartedAt: time.Now().Add(-48 * time.Hour), EndedAt: time.Now().Add(-47 * time.Hour),
				Technician: support.Technician{Name: "Dana Ruiz"}, Customer: support.Customer{Name: hostile}, VendorSessionID: "1080000123", Notes: hostile,
			}}
			path := w.panelPath(rescueRecord)
			w.sessions.show(view)
			page := w.open(path, 1280)
			page.shows("#history", "closed by the customer")
			page.shows("#pulse", "Live")
			page.mustFitEverywhere()
		})
	}
}

func TestPanelFollowsTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.show(invited())
	page := w.open(path, 340)
	page.shows("#left", "left")
	page.shows("#pulse", "Live")

	view, online := invited(), true
	view.State, view.CustomerOnline = support.Waiting, &online
	w.sessions.show(view)
	page.shows("#heading", "Customer waiting")
	page.shows("#online", "The customer is online.")
	page.until("document.getElementById('renew').disabled")

	view.State, view.Reason, view.Code, view.CustomerLink = support.Filed, support.ReasonTechnician, "", ""
	w.sessions.show(view)
	page.shows("#heading", "Filed")
	page.until("!document.getElementById('code') && !document.getElementById('online')")
	page.until("!document.getElementById('new').disabled && document.getElementById('close').disabled")
}

func TestPanelPollsWhereNoStreamComesThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.show(invited())
	page := w.open(path, 340)
	page.shows("#pulse", "Live")
	page.tolerate("/session/events")

	w.api.EndStreams()
	w.server.CloseClientConnections()
	w.sessions.show(busy())
	page.shows("#heading", "Connected")
}

func TestPanelAsksForACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.show(workflows.View{})
	page := w.open(path, 340)
	page.shows("#state", "Press New")
	page.click("#new")
	page.until("!document.querySelector('[aria-busy=true]')")
	w.sessions.show(invited())
	page.shows("#code", "123456")
	assert.Equal(t, []any{workflows.Press{Agent: dana}}, w.sessions.args("open"))
}

func TestPanelShowsAProblemAsText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.show(workflows.View{})
	w.sessions.fail(support.Stopped(support.CodeNoConsole, "your console is not running "+hostile, nil))
	page := w.open(path, 340)
	page.tolerate("422")
	page.click("#new")
	page.shows("#problem", "Your console is not running <img")
	page.mustFit()
	page.keep("problem")

	w.sessions.fail(support.Stopped(support.CodeSignInNeeded, "Sign in once at https://lifeline.example.com/signin?t=1", nil))
	page.click("#new")
	page.until("document.querySelector('#problem a')?.href === 'https://lifeline.example.com/signin?t=1'")
}

func TestPanelJoinsInAWindowOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.show(invited())
	page := w.open(path, 340)
	opened := chromedp.WaitNewTarget(page.ctx, func(*target.Info) bool { return true })
	page.click("#join")
	select {
	case id := <-opened:
		ctx, end := chromedp.NewContext(page.ctx, chromedp.WithTargetID(id))
		defer end()
		console := &tab{t: t, ctx: ctx}
		console.until("location.pathname === '/vendor' && window.opener === null")
	case <-time.After(patience):
		require.Fail(t, "no window was opened")
	}
	assert.Equal(t, []any{workflows.JoinPress{Agent: dana}}, w.sessions.args("join"))
}

func TestPanelRenewsAndRetries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	view := invited()
	view.Attention = &workflows.AttentionView{Code: support.CodePermission, Reason: "the CRM refused the write", Since: time.Now()}
	w.sessions.show(view)
	page := w.open(path, 340)
	page.click("#renew")
	page.until("!document.querySelector('[aria-busy=true]')")
	page.click("#retry")
	page.until("!document.querySelector('[aria-busy=true]')")
	assert.Len(t, w.sessions.args("renew"), 1)
	assert.Len(t, w.sessions.args("retry"), 1)
}

func TestPanelClosesOnlyWhenTheAgentIsSure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.show(invited())
	page := w.open(path, 340)

	page.click("#close")
	page.mustFit()
	page.keep("close")
	page.click("#close-keep")
	page.until("!document.querySelector('[aria-busy=true]')")
	assert.Empty(t, w.sessions.args("close"))

	page.click("#close")
	page.click("#close-sure")
	page.until("!document.querySelector('[aria-busy=true]')")
	assert.Equal(t, []any{workflows.ClosePress{Agent: dana}}, w.sessions.args("close"))
}

func TestPanelCopiesTheCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.show(invited())
	page := w.open(path, 340)
	page.script("document.addEventListener('copy', () => { window.copied = getSelection().toString() }); navigator.clipboard.writeText = async (text) => { window.copied = text }")
	page.click("#copy-code")
	page.shows("#notice", "Copied.")
	page.until("window.copied === '123456'")

	page.script("navigator.clipboard.writeText = async () => { throw new Error('not in this frame') }")
	page.click("#copy-link")
	page.until("window.copied.includes('secure.example.com')")
}

func TestPanelSharesWithAContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.crm.contacts = []support.Customer{{ID: "c1", Name: "Ann " + hostile, Email: "ann@example.org"}, {ID: "c2", Name: "Bob", Email: "bob@example.org"}}
	w.crm.templates = []support.Template{{ID: "t1", Title: "TeamViewer Email " + hostile, Language: "en"}}
	path := w.panelPath(viewerRecord)
	w.sessions.show(invited())
	page := w.open(path, 340)

	page.click("#share")
	page.shows("#share-template option", "TeamViewer Email")
	page.mustFit()
	page.keep("share")
	page.choose("#share-contact", "1")
	page.choose("#share-template", "t1")
	page.choose("#share-channel", "crm")
	page.click("#share-send")
	page.shows("#notice", "The invitation to Bob is on its way.")
	assert.Equal(t, []any{workflows.Share{Agent: dana, To: w.crm.contacts[1], TemplateID: "t1", Channel: support.MailCRM}}, w.sessions.args("share"))
}

func TestPanelSharesWithSomeoneElseAsADraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.show(invited())
	page := w.open(path, 340)

	page.click("#share")
	page.shows("#share-other", "E-mail")
	page.click("#share-send")
	page.shows("#share-problem", "Please give an e-mail address.")
	page.enter("#share-email", "no address")
	page.click("#share-send")
	page.shows("#share-problem", "This is not an e-mail address.")
	page.choose("#share-email", "eve@example.org")
	page.choose("#share-channel", "mailto")
	page.click("#share-send")
	page.until("document.getElementById('share-mailto').href.startsWith('mailto:eve@example.org?subject=Support')")
	page.until("document.activeElement.id === 'share-mailto'")
	page.keep("draft")
	page.click("#share-cancel")
	page.until("!document.querySelector('[aria-busy=true]')")
}

func TestPanelIsWorkedByKeyboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.show(invited())
	page := w.open(path, 1280)
	page.shows("#pulse", "Live")
	var order []string
	for range 7 {
		page.do(chromedp.KeyEvent("\t"))
		order = append(order, page.text("document.activeElement.id"))
	}
	assert.Equal(t, []string{"copy-code", "link", "copy-link", "join", "share", "renew", "close"}, order)
}

func TestFocusStaysWhenThePanelChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.panelPath(rescueRecord)
	w.sessions.show(invited())
	page := w.open(path, 1280)
	page.shows("#pulse", "Live")
	page.script("document.getElementById('share').focus()")
	view := invited()
	view.State = support.Waiting
	w.sessions.show(view)
	page.until("document.getElementById('renew').disabled && document.activeElement.id === 'share'")
	view.State = support.Filed
	w.sessions.show(view)
	page.until("document.activeElement.id === 'heading'")
}
