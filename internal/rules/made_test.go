package rules

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
	"example.com/lifeline/crm/dynamics"
	"example.com/lifeline/crm/servicenow"
)

var update = flag.Bool("update", false, "rewrite the parts of the documentation that are made from the code")

// made are the parts of the documentation that are made from the code, by name. A page holds one between
// <!-- made: name --> and <!-- end -->.
var made = map[string]func() string{
	"process variables":    func() string { return variableTable(isProcess) },
	"mail variables":       func() string { return variableTable(under("LIFELINE_MAIL_")) },
	"connection variables": func() string { return variableTable(isConnection) },
	"rescue variables":     func() string { return variableTable(under(example + "RESCUE_")) },
	"teamviewer variables": func() string { return variableTable(under(example + "TEAMVIEWER_")) },
	"servicenow variables": func() string { return variableTable(under(example + "SERVICENOW_")) },
	"dynamics variables":   func() string { return variableTable(under(example + "DYNAMICS_")) },
	"servicenow sessions":  func() string { return serviceNowTable(servicenow.Columns) },
	"servicenow reports":   func() string { return serviceNowTable(servicenow.ReportColumns) },
	"dynamics sessions":    func() string { return dynamicsTable(dynamics.Sessions) },
	"dynamics users":       func() string { return dynamicsTable(dynamics.UserSettings) },
	"dynamics connections": func() string { return dynamicsTable(dynamics.Connections) },
}

var madePart = regexp.MustCompile(`(?s)(<!-- made: ([a-z ]+) -->\n).*?(<!-- end -->)`)

func TestPartsMadeFromTheCodeAreCurrent(t *testing.T) {
	shown := map[string]bool{}
	eachPage(t, func(name, text string) {
		current := madePart.ReplaceAllStringFunc(text, func(part string) string {
			groups := madePart.FindStringSubmatch(part)
			make, known := made[groups[2]]
			if !assert.True(t, known, "%s: nothing makes %q", name, groups[2]) {
				return part
			}
			shown[groups[2]] = true
			return groups[1] + make() + groups[3]
		})
		if *update && current != text {
			require.NoError(t, os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(current), 0o644))
			return
		}
		assert.True(t, current == text, "%s is not current: run go test ./internal/rules -update", name) // too long to show both
	})
	for name := range made {
		assert.True(t, shown[name], "no page shows %q", name)
	}
}

// The variables of a connection are shown for one of this name.
const (
	exampleName = "acme-sn"
	example     = "LIFELINE_ACME_SN_"
)

var adapters = []string{"RESCUE_", "TEAMVIEWER_", "SERVICENOW_", "DYNAMICS_"}

// variables are all there are: a connection that says neither vendor nor CRM has those of all of them.
func variables() []config.Variable {
	return config.Config{Connections: []config.Connection{{Name: exampleName}}}.Variables()
}

func under(prefix string) func(string) bool {
	return func(name string) bool { return strings.HasPrefix(name, prefix) }
}

func isProcess(name string) bool {
	return !strings.HasPrefix(name, example) && !strings.HasPrefix(name, "LIFELINE_MAIL_")
}

func isConnection(name string) bool {
	rest, of := strings.CutPrefix(name, example)
	return of && !slices.ContainsFunc(adapters, func(adapter string) bool { return strings.HasPrefix(rest, adapter) })
}

func variableTable(wanted func(name string) bool) string {
	var b strings.Builder
	b.WriteString("| variable | type | default | meaning |\n| --- | --- | --- | --- |\n")
	for _, v := range variables() {
		if wanted(v.Name) {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", v.Name, v.Type, code(v.Default), cell(v.Meaning))
		}
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + cell(text) + "`"
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func serviceNowTable(columns []servicenow.Column) string {
	var b strings.Builder
	b.WriteString("| column | type | length | meaning |\n| --- | --- | --- | --- |\n")
	for _, c := range columns {
		kind, length := string(c.Type), ""
		if c.Reference != "" {
			kind += " to `" + c.Reference + "`"
		}
		if c.Type == servicenow.TypeString {
			length = fmt.Sprint(c.Length)
		}
		meaning := c.Meaning
		if c.Unique {
			meaning = "**unique index**; " + meaning
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Name, kind, length, cell(meaning))
	}
	return b.String()
}

func dynamicsTable(table dynamics.Table) string {
	var b strings.Builder
	b.WriteString("| column | label | type | meaning |\n| --- | --- | --- | --- |\n")
	for _, c := range table.Columns {
		kind := string(c.Type)
		switch {
		case c.Length > 0:
			kind = fmt.Sprintf("%s, %d", c.Type, c.Length)
		case c.Target != "":
			kind += " to `" + c.Target + "`"
		}
		meaning := c.Meaning
		if c.Name == table.Key {
			meaning = "**alternate key**; " + meaning
		}
		fmt.Fprintf(&b, "| `lifeline_%s` | %s | %s | %s |\n", c.Name, cell(c.Label), kind, cell(meaning))
	}
	return b.String()
}
