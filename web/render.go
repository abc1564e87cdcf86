package web

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/*
var assetFiles embed.FS

// assetVersion is part of every asset's address, so that browsers may keep assets for good.
var assetVersion = hashOf(assetFiles)

func hashOf(files fs.FS) string {
	sum := sha256.New()
	names, err := fs.Glob(files, "assets/*")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			panic(err) // the file is embedded
		}
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// functions are what templates may call.
var functions = template.FuncMap{
	"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"clock": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
	"state": stateWord, "reason": reasonWord, "vendor": vendorWord, "crm": crmWord, "channel": channelWord,
	"mail": mailWord, "sentence": support.Sentence, "run": runWord, "runEnd": runEndWord, "record": recordWord, "code": code,
}

// templates holds one set for each page: the layout and the page's own parts.
var templates = func() map[string]*template.Template {
	sets := map[string]*template.Template{}
	for _, name := range []string{"panel", "history", "operations", "connections", "signin", "message"} {
		set := template.New("layout.html").Funcs(functions)
		sets[name] = template.Must(set.ParseFS(templateFiles, "templates/layout.html", "templates/"+name+".html"))
	}
	return sets
}()

// page is what the layout needs around a page's own data.
type page struct {
	Title   string
	Kind    string // "panel" or "operations": the look
	Script  string // the page's module; empty: none
	Nonce   string
	Base    string
	Assets  string
	Now     time.Time
	Signout bool
	Data    any
}

// render writes a page under a policy that runs nothing but Lifeline's own scripts and styles.
func (p *pages) render(c echo.Context, status int, name string, out page) error {
	out.Nonce, out.Base, out.Now = rand.Text(), p.base, p.Now()
	out.Assets = p.base + "/assets/" + assetVersion
	var body bytes.Buffer
	if err := templates[name].ExecuteTemplate(&body, "layout.html", out); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentSecurityPolicy, policy(out.Nonce, p.ancestors(out.Kind)))
	return c.HTMLBlob(status, body.Bytes())
}

func policy(nonce, ancestors string) string {
	return "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'nonce-" + nonce + "'; img-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors " + ancestors
}

// ancestors are the origins that may frame a page: CRMs the panel, nobody the operators' pages.
func (p *pages) ancestors(kind string) string {
	if kind != panelKind || len(p.FrameAncestors) == 0 {
		return "'none'"
	}
	return strings.Join(p.FrameAncestors, " ")
}

// message is a page that only says something.
type message struct{ Heading, Text string }

func (p *pages) say(c echo.Context, status int, kind, heading, text string) error {
	return p.render(c, status, "message", page{Title: heading, Kind: kind, Data: message{heading, text}})
}

// asset serves an embedded file. The version is not looked at: an older page gets the newer file.
func (p *pages) asset(c echo.Context) error {
	name := path.Base(c.Param("file"))
	if _, err := fs.Stat(assetFiles, "assets/"+name); err != nil {
		return echo.ErrNotFound
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeFileFS(c.Response(), c.Request(), assetFiles, "assets/"+name)
	return nil
}
