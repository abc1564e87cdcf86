package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kelseyhightower/envconfig"

	"example.com/lifeline/support"
)

// Variable is one variable of the environment.
type Variable struct {
	Name    string `json:"name"`
	Type    string `json:"type"` // as the documentation words it
	Default string `json:"default"`
	Meaning string `json:"meaning"`
	Value   string `json:"value"` // masked
}

// lineForm makes envconfig describe a struct as one JSON object a line.
const lineForm = `{{range .}}{"name":{{printf "%q" (usage_key .)}},"type":{{printf "%q" (usage_type .)}},"default":{{printf "%q" (usage_default .)}},"meaning":{{printf "%q" (usage_description .)}},"value":{{printf "%q" (printf "%v" .Field)}}}
{{end}}`

func variables(prefix string, spec any) []Variable {
	var out bytes.Buffer
	if err := envconfig.Usagef(prefix, spec, &out, lineForm); err != nil {
		panic(fmt.Sprintf("the configuration cannot describe itself: %v", err)) // a fault of the structs, seen by every test
	}
	var list []Variable
	decoder := json.NewDecoder(&out)
	for {
		var v Variable
		if err := decoder.Decode(&v); err == io.EOF {
			return list
		} else if err != nil {
			panic(fmt.Sprintf("the configuration cannot describe itself: %v", err))
		}
		v.Type = typeName(v.Type)
		if v.Type == listType {
			v.Value = strings.ReplaceAll(strings.Trim(v.Value, "[]"), " ", ",")
		}
		list = append(list, v)
	}
}

// Variables lists the process's variables and those of each connection that its vendor and CRM use.
func (c Config) Variables() []Variable {
	list := variables(Prefix, &c.Process)
	for i := range c.Connections {
		list = append(list, c.Connections[i].variables()...)
	}
	return list
}

func (c *Connection) variables() []Variable {
	prefix := ConnectionPrefix(c.Name)
	unused := []string{}
	for _, adapter := range []struct {
		name string
		used bool
	}{
		{"RESCUE", c.Vendor != support.TeamViewer}, {"TEAMVIEWER", c.Vendor != support.Rescue},
		{"SERVICENOW", c.CRM != support.Dynamics}, {"DYNAMICS", c.CRM != support.ServiceNow},
	} {
		if !adapter.used {
			unused = append(unused, prefix+"_"+adapter.name+"_")
		}
	}
	var list []Variable
	for _, v := range variables(prefix, c) {
		if !hasPrefix(v.Name, unused) {
			list = append(list, v)
		}
	}
	return list
}

func hasPrefix(name string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// Describe writes all variables with type, default and meaning, for a connection named acme-sn when none is configured.
func Describe(out io.Writer, c Config) error {
	if len(c.Connections) == 0 {
		c.Connections = []Connection{{Name: "acme-sn"}}
	}
	table := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(table, "VARIABLE\tTYPE\tDEFAULT\tMEANING")
	for _, v := range c.Variables() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", v.Name, v.Type, v.Default, v.Meaning)
	}
	fmt.Fprintln(table, "\nAny secret may be read from a file: set the variable's name with _FILE behind it to the path.")
	return table.Flush()
}

// Types that are looked at; each is written as in the documentation.
const (
	secretType   = "secret"
	listType     = "list"
	durationType = "duration"
)

// typeName is a variable's type in an administrator's words.
func typeName(t string) string {
	switch {
	case strings.Contains(t, "Secret"):
		return secretType
	case strings.HasPrefix(t, "Comma-separated list of String:"):
		return listType + " of name:value"
	case strings.HasPrefix(t, "Comma-separated"):
		return listType
	case t == "True or False":
		return "true, false"
	case t == "String", strings.Contains(t, "Kind"):
		return "text"
	}
	return strings.ToLower(t)
}

// Summary lists what differs from its default, for the log at the start: secrets only as set or missing.
func (c Config) Summary() []string {
	var list []string
	for _, v := range c.Variables() {
		switch {
		case v.Type == secretType && v.Value == "":
			list = append(list, v.Name+"=(missing)")
		case v.Type == secretType:
			list = append(list, v.Name+"=(set)")
		case !v.asByDefault():
			list = append(list, v.Name+"="+v.Value)
		}
	}
	return list
}

func (v Variable) asByDefault() bool {
	if v.Type == durationType { // 15m is written 15m0s
		wanted, err := time.ParseDuration(v.Default)
		return err == nil && wanted.String() == v.Value
	}
	return v.Value == v.Default || v.Value == "" || v.Value == "map[]"
}
