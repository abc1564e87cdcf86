package config

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// maxSecretFile bounds a secret read from a file.
const maxSecretFile = 64 << 10

// Load reads the environment. The error names every fault at once, one a line; further checks are for what this room
// does not know.
func Load(checks ...func(Config) []string) (Config, error) {
	faults := readSecretFiles()
	var c Config
	faults = append(faults, read(Prefix, &c.Process)...)
	c.Process.PublicURL = strings.TrimRight(c.Process.PublicURL, "/")
	for _, name := range c.Process.Connections {
		connection := Connection{Name: name}
		faults = append(faults, read(ConnectionPrefix(name), &connection)...)
		c.Connections = append(c.Connections, connection)
	}
	faults = slices.Concat(faults, c.Validate(), c.unknown())
	for _, check := range checks {
		faults = append(faults, check(c)...)
	}
	if len(faults) > 0 {
		return c, errors.New("the configuration has faults:\n  " + strings.Join(faults, "\n  "))
	}
	return c, nil
}

// ConnectionPrefix begins the variables of a connection: acme-sn is LIFELINE_ACME_SN.
func ConnectionPrefix(name string) string {
	return Prefix + "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// read fills a struct from the environment. A value that cannot be read is named, without itself: it may be a secret.
// It is then left out, so that it neither hides the next one nor leaves the struct half empty.
func read(prefix string, spec any) (faults []string) {
	tidy(prefix, spec)
	for {
		err := envconfig.Process(prefix, spec)
		var parse *envconfig.ParseError
		if !errors.As(err, &parse) {
			if err != nil {
				faults = append(faults, err.Error())
			}
			return faults
		}
		faults = append(faults, fmt.Sprintf("%s must be %s", parse.KeyName, cmp.Or(forms[parse.TypeName], parse.TypeName)))
		value, set := os.LookupEnv(parse.KeyName)
		if !set || os.Unsetenv(parse.KeyName) != nil {
			return faults
		}
		defer func() { _ = os.Setenv(parse.KeyName, value) }()
	}
}

// forms say how values of a type are written.
var forms = map[string]string{
	"bool": "true or false", "int": "a whole number", "int64": "a whole number", "float64": "a number",
	"time.Duration": "a duration such as 90s, 15m or 24h", "map[string]string": "name:value pairs, separated by commas",
}

// readSecretFiles sets LIFELINE_X from the file that LIFELINE_X_FILE names, for every X that is not itself a variable
// ending in FILE.
func readSecretFiles() (faults []string) {
	for _, line := range os.Environ() {
		name, path, _ := strings.Cut(line, "=")
		target, isFile := strings.CutSuffix(name, "_FILE")
		if !isFile || !strings.HasPrefix(name, Prefix+"_") || path == "" || strings.HasSuffix(target, "_CA") {
			continue
		}
		if os.Getenv(target) != "" {
			faults = append(faults, fmt.Sprintf("%s and %s are both set", target, name))
			continue
		}
		if err := setFromFile(target, path); err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", name, err))
		}
	}
	return faults
}

func setFromFile(target, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return errors.New("the file cannot be read")
	}
	if info.Size() > maxSecretFile {
		return errors.New("the file is too large for a secret")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return errors.New("the file cannot be read")
	}
	return os.Setenv(target, strings.TrimRight(string(content), "\r\n"))
}

// tidy takes the spaces around the commas of lists out of the environment: they would belong to the values.
func tidy(prefix string, spec any) {
	for _, v := range variables(prefix, spec) {
		value := os.Getenv(v.Name)
		if !strings.HasPrefix(v.Type, listType) || !strings.Contains(value, " ") {
			continue
		}
		items := strings.Split(value, ",")
		for i, item := range items {
			items[i] = strings.TrimSpace(item)
		}
		_ = os.Setenv(v.Name, strings.Join(items, ",")) // a name that was read can be set
	}
}

// unknown names variables with our prefix that nobody reads: most often a slip of the pen.
func (c Config) unknown() (faults []string) {
	known := map[string]bool{}
	for _, v := range c.Variables() {
		known[v.Name] = true
	}
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, Prefix+"_") && !known[name] && !known[strings.TrimSuffix(name, "_FILE")] && !slices.Contains(ownVariables, name) {
			faults = append(faults, name+" is read by nobody: it is misspelt, or of a connection or product that is not configured; `lifeline config` lists what is read")
		}
	}
	slices.Sort(faults)
	return faults
}

// ownVariables are read elsewhere: where the local server's programs lie, and switches of tests.
var ownVariables = []string{Prefix + "_BIN", Prefix + "_BENCH", Prefix + "_DATA", Prefix + "_DEV_SHIFT", Prefix + "_CONNECT_USER", Prefix + "_CONNECT_PASSWORD"}
