package mail

import (
	"bytes"
	"embed"
	htmltemplate "html/template"
	"slices"
	"strings"
	"text/template"
	"time"
	"unicode"

	"example.com/lifeline/support"
)

// The phrases of each language are in templates/<language>.tmpl, one sentence a name. The two layouts turn a
// letter's blocks into plain text and HTML; html/template escapes whatever names and titles hold.
//
//go:embed templates
var files embed.FS

var (
	languages  = loadLanguages()
	htmlLayout = htmltemplate.Must(htmltemplate.ParseFS(files, "templates/letter.html"))
	textLayout = template.Must(template.ParseFS(files, "templates/letter.txt"))
)

const fallback = "en"

// Languages lists the languages letters are written in, sorted.
func Languages() []string {
	names := make([]string, 0, len(languages))
	for name := range languages {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// language holds the phrases of one language.
type language struct {
	name     string
	calendar calendar
	phrases  *template.Template
}

func loadLanguages() map[string]language {
	loaded := map[string]language{}
	for name, calendar := range calendars {
		functions := template.FuncMap{"when": func(t time.Time) string { return calendar.words(t) }}
		phrases := template.Must(template.New(name).Funcs(functions).Option("missingkey=error").ParseFS(files, "templates/"+name+".tmpl"))
		loaded[name] = language{name: name, calendar: calendar, phrases: phrases}
	}
	return loaded
}

// languageOf accepts "fr", "fr-CA" and "FR_ca"; English serves where a language is unknown.
func languageOf(tag string) language {
	name, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(tag)), "_", "-"), "-")
	if found, ok := languages[name]; ok {
		return found
	}
	return languages[fallback]
}

// say renders one phrase on one line. The phrases are part of the program and tested in every language, so that a
// failure is a defect that must not go out as half a letter.
func (l language) say(phrase string, data any) string {
	var out bytes.Buffer
	if err := l.phrases.ExecuteTemplate(&out, phrase, data); err != nil {
		panic("mail: " + err.Error())
	}
	return oneLine(out.String())
}

// when writes a time in words; nothing for the zero time.
func (l language) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return l.calendar.words(t)
}

// block is one part of a letter: a sentence, a link with its label, a code with its sentence, or a list of facts.
type block struct {
	Text  string
	Link  string
	Code  string
	Facts []fact
}

type fact struct{ Name, Value string }

// letter lays the blocks out twice. Sentences that came out empty are left away.
func (l language) letter(subject string, blocks ...block) support.Letter {
	blocks = slices.DeleteFunc(blocks, func(b block) bool { return b.Text == "" && len(b.Facts) == 0 })
	page := struct {
		Language, Subject, Colon string
		Blocks                   []block
	}{l.name, subject, l.colon(), blocks}
	var text, html bytes.Buffer
	if err := textLayout.Execute(&text, page); err != nil {
		panic("mail: " + err.Error())
	}
	if err := htmlLayout.Execute(&html, page); err != nil {
		panic("mail: " + err.Error())
	}
	return support.Letter{Subject: subject, Text: strings.TrimSpace(text.String()) + "\n", HTML: html.String()}
}

// colon is the one sign whose form differs between the languages of letters.
func (l language) colon() string {
	if l.name == "fr" {
		return "\u00a0:"
	}
	return ":"
}

// facts keeps those that have a value.
func (l language) facts(pairs ...fact) block {
	var kept []fact
	for _, pair := range pairs {
		if value := oneLine(pair.Value); value != "" {
			kept = append(kept, fact{Name: l.say("fact."+pair.Name, nil), Value: value})
		}
	}
	return block{Facts: kept}
}

// oneLine makes foreign text fit for a header or a sentence: no line ends, no control letters, no doubled spaces, no
// letters that turn the direction of the text, at most 1,000 letters.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	runes := []rune(strings.Join(strings.Fields(s), " "))
	return string(runes[:min(len(runes), 1000)])
}
