package mail

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

var madrid = time.FixedZone("CET", 3600)

func sample() Invitation {
	return Invitation{
		To: "Ana Ruiz", Helper: "Li Wei", Customer: "Ana Ruiz", RecordNumber: "INC0010001", RecordTitle: "Printer offline",
		Code: "s104-882-317", Link: "https://get.example.com/v15/s104882317?a=1&b=2", ExpiresAt: time.Date(2026, 3, 1, 15, 4, 0, 0, madrid),
	}
}

func everyLetter(tag string) map[string]support.Letter {
	since := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	letters := map[string]support.Letter{
		"customer":   CustomerInvitation(tag, sample()),
		"renewed":    RenewedInvitation(tag, sample()),
		"technician": TechnicianInvitation(tag, sample()),
		"session alert": AlertLetter(tag, Alert{Connection: "acme-sn", RecordNumber: "INC0010001", What: "filing", Why: "the token is dead",
			Remedy: "connect again", Since: since, Link: "https://lifeline.example.com/ops"}),
		"connection alert":    AlertLetter(tag, Alert{Connection: "acme-sn", What: "filing", Why: "the token is dead", Remedy: "connect again", Since: since, Sessions: 3}),
		"report alert":        AlertLetter(tag, Alert{Connection: "acme-tv", Subject: "company report", What: "company report: read", Why: "forbidden", Remedy: "give the right", Since: since}),
		"session recovery":    RecoveryLetter(tag, Recovery{Connection: "acme-sn", RecordNumber: "INC0010001", What: "filing", Since: since, Until: since.Add(time.Hour), Sessions: 1}),
		"connection recovery": RecoveryLetter(tag, Recovery{Connection: "acme-sn", What: "filing", Since: since, Until: since.Add(time.Hour), Sessions: 4}),
	}
	for _, days := range []int{14, 7, 1} {
		letters["consent "+string(rune('a'+days))] = ConsentLetter(tag, Consent{Connection: "acme-tv", Days: days, EndsAt: since})
	}
	return letters
}

func TestEveryLanguageHasEveryLetterInFull(t *testing.T) {
	assert.Equal(t, []string{"en", "es", "fr", "nl"}, Languages())
	unfinished := regexp.MustCompile(`<no value>|ZgotmplZ|%!|\{\{|  | ,|\(\)`)
	for _, tag := range Languages() {
		for name, letter := range everyLetter(tag) {
			t.Run(tag+" "+name, func(t *testing.T) {
				assert.NotEmpty(t, letter.Subject)
				assert.NotRegexp(t, unfinished, letter.Subject+"\n"+letter.Text)
				assert.NotRegexp(t, `ZgotmplZ|<no value>`, letter.HTML)
				assert.Contains(t, letter.HTML, `lang="`+tag+`"`)
				assert.NotContains(t, letter.Text, "\n\n\n", "no holes in the plain text")
			})
		}
	}
}

func TestLanguagesHaveTheSamePhrases(t *testing.T) {
	want := names(languages["en"])
	for _, tag := range Languages() {
		assert.ElementsMatch(t, want, names(languages[tag]), tag)
	}
}

func names(l language) []string {
	var result []string
	for _, phrase := range l.phrases.Templates() {
		if !strings.HasSuffix(phrase.Name(), ".tmpl") {
			result = append(result, phrase.Name())
		}
	}
	return result
}

func TestInvitationTellsWhatTheCustomerNeeds(t *testing.T) {
	letter := CustomerInvitation("en", sample())
	for _, part := range []string{"Ana Ruiz", "Li Wei", "INC0010001", "s104-882-317", "https://get.example.com/v15/s104882317?a=1&b=2", "Sunday, 1 March 2026 at 15:04 (CET, UTC+1)"} {
		assert.Contains(t, letter.Text, part)
	}
	assert.Contains(t, letter.HTML, `href="https://get.example.com/v15/s104882317?a=1&amp;b=2"`)
	assert.NotContains(t, letter.Text, "Printer offline", "titles are the agents' words")
}

func TestRenewedInvitationSaysThatTheOldLinkIsDead(t *testing.T) {
	for tag, words := range map[string]string{"en": "no longer works", "es": "ya no funciona", "fr": "ne fonctionne plus", "nl": "werkt niet meer"} {
		assert.Contains(t, RenewedInvitation(tag, sample()).Text, words)
	}
}

func TestAddressIsFormal(t *testing.T) {
	for tag, word := range map[string]string{"es": `\busted\b`, "fr": `\bvous\b`, "nl": `\bu\b`} {
		assert.Regexp(t, word, CustomerInvitation(tag, sample()).Text)
	}
}

func TestTimesAreWrittenInWordsWithTheirZone(t *testing.T) {
	at := time.Date(2026, 8, 1, 7, 5, 0, 0, time.FixedZone("", -(3*3600+30*60)))
	assert.Equal(t, "Saturday, 1 August 2026 at 07:05 (UTC-3:30)", calendars["en"].words(at))
	assert.Equal(t, "sábado, 1 de agosto de 2026, a las 07:05 (UTC-3:30)", calendars["es"].words(at))
	assert.Equal(t, "samedi 1er août 2026 à 07 h 05 (UTC-3:30)", calendars["fr"].words(at))
	assert.Equal(t, "zaterdag 1 augustus 2026 om 07.05 uur (UTC)", calendars["nl"].words(at.In(time.UTC).Add(-3*time.Hour-30*time.Minute)))
}

func TestUnknownLanguageFallsBackToEnglish(t *testing.T) {
	english := CustomerInvitation("en", sample())
	for _, tag := range []string{"", "de", "tlh", "en-GB", "EN_us"} {
		assert.Equal(t, english, CustomerInvitation(tag, sample()), tag)
	}
	assert.Equal(t, CustomerInvitation("fr", sample()), CustomerInvitation("fr-CA", sample()))
}

func TestMissingPartsLeaveNoHoles(t *testing.T) {
	for _, tag := range Languages() {
		letter := CustomerInvitation(tag, Invitation{RecordNumber: "INC1"})
		assert.NotRegexp(t, `0001|  |:\n\n.*:\n`, letter.Text, tag)
		assert.NotContains(t, AlertLetter(tag, Alert{Connection: "acme-sn", What: "x"}).Text, "0001", tag)
	}
}

func TestNamesCannotInjectMarkupOrHeaders(t *testing.T) {
	evil := sample()
	evil.To = "<script>alert(1)</script>"
	evil.Helper = "Eve\r\nBcc: all@example.com\r\n\r\n<img src=x>"
	evil.RecordNumber = "INC1\nBcc: all@example.com"
	evil.Link = "javascript:alert(1)"
	for _, tag := range Languages() {
		letter := CustomerInvitation(tag, evil)
		assert.NotContains(t, letter.HTML, "<script>")
		assert.NotContains(t, letter.HTML, "<img")
		assert.NotContains(t, letter.HTML, `href="javascript:`)
		assert.NotContains(t, letter.Subject, "\n")
		assert.NotContains(t, letter.Text, "\nBcc:")
	}
}

func TestOneLineIsBoundedAndPlain(t *testing.T) {
	assert.Equal(t, "a b c", oneLine(" a\r\n\tb\x00\u2028c\u202e"))
	assert.Len(t, []rune(oneLine(strings.Repeat("é", 5000))), 1000)
}

func TestMailtoIsEncoded(t *testing.T) {
	draft := Mailto("ana+x?cc=eve@example.com", support.Letter{Subject: "Help & more", Text: "Dear Ana,\nopen https://a.example.com/?x=1&y=2 é\n"})
	assert.Equal(t, "mailto:ana%2Bx%3Fcc%3Deve@example.com?subject=Help%20%26%20more&body=Dear%20Ana%2C%0D%0Aopen%20https%3A%2F%2Fa.example.com%2F%3Fx%3D1%26y%3D2%20%C3%A9%0D%0A", draft)
	assert.Equal(t, "mailto:?subject=a&body=", Mailto("", support.Letter{Subject: "a"}))
}

func TestConfigurationNamesEveryFault(t *testing.T) {
	assert.Empty(t, Config{}.Validate(), "no host: mail is off")
	bad := Config{Host: "mail.example.com", Port: 0, User: "u", From: "nobody", StartTLS: "none", TimeZone: "Mars/Phobos", CAFile: "/nonexistent"}
	require.Len(t, bad.Validate(), 7)
	assert.Empty(t, Config{Host: "127.0.0.1", Port: 25, From: "a@example.com", StartTLS: NoTLS, Timeout: time.Second}.Validate())
	assert.Len(t, Config{Host: "mail.example.com", Port: 25, From: "a@example.com", StartTLS: "maybe", Timeout: time.Second}.Validate(), 1)
}

func TestPlainTextOfAPageReadsLikeIt(t *testing.T) {
	for page, want := range map[string]string{
		"<p>Dear Ana Ruiz,</p><p>please open  <a href=\"https://example.com/s1?a=1&amp;b=2\">your\nsession</a>.</p>": "Dear Ana Ruiz,\n\nplease open your session <https://example.com/s1?a=1&b=2>.",
		`<p>Link: <a href="https://example.com/s1">https://example.com/s1</a></p>`:                                   "Link: https://example.com/s1",
		"<html><head><title>t</title><style>p{}</style></head><body>one<br>two<div>th<b>r</b>ee</div></body></html>": "one\ntwo\nthree",
		"<ul><li>a &lt;b&gt;</li><li>c</li></ul>":                                                                    "a <b>\nc",
		"no page at all": "no page at all",
		"":               "",
	} {
		assert.Equal(t, want, plainText(page), page)
	}
}

// A draft of a CRM's template, which has no plain text, opened empty.
func TestDraftOfATemplateHasItsText(t *testing.T) {
	address, err := url.Parse(Mailto("ana@example.com", support.Letter{Subject: "s", HTML: `<p>Please open <a href="https://example.com/s1">this</a></p>`}))
	require.NoError(t, err)
	assert.Equal(t, "Please open this <https://example.com/s1>", address.Query().Get("body"))
}

// However much a CRM's template holds: leaving out the lines of this one took minutes while each was paid for with a look
// at all the others.
func TestDraftStaysShortEnoughAndKeepsItsLink(t *testing.T) {
	text := "Dear Ana,\nhttps://example.com/s1\n" + strings.Repeat("and so on, at length\n", 50_000)
	draft := Mailto("ana@example.com", support.Letter{Subject: "s", Text: text})
	assert.LessOrEqual(t, len(draft), maxMailto)
	address, err := url.Parse(draft)
	require.NoError(t, err)
	assert.Contains(t, address.Query().Get("body"), "Dear Ana,\r\nhttps://example.com/s1\r\nand so on")
}
