package api

import (
	"bytes"
	"embed"
	"html/template"

	"github.com/labstack/echo/v4"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// isPage tells whether a browser shows the route's answers to a human.
func isPage(route string) bool { return route == "/signin" || route == "/join/:token" }

// render writes a page that needs nothing but itself: no script, no font, no picture.
func render(c echo.Context, status int, page string, view any) error {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, page, view); err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	return c.HTMLBlob(status, out.Bytes())
}
