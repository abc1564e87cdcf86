package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kelseyhightower/envconfig"
)

// maxSecretFile bounds a secret read from a file.
const maxSecretFile = 64 << 10

// Load reads the environment. The error names every fault at once, one a line.
func Load() (Config, error) {
	faults := readSecretFiles()
	var c Config
	if err := envconfig.Process(Prefix, &c.Process); err != nil {
		faults = append(faults, plain(err))
	}
	for _, name := range c.Process.Connections {
		connection := Connection{Name: name}
		if err := envconfig.Process(ConnectionPrefix(name), &connection); err != nil {
			faults = append(faults, plain(err))
		}
		c.Connections = append(c.Connections, connection)
	}
	faults = append(faults, c.Validate()...)
	faults = append(faults, c.unknown()...)
	if len(faults) > 0 {
		return c, errors.New("the configuration has faults:\n  " + strings.Join(faults, "\n  "))
	}
	return c, nil
}

// ConnectionPrefix begins the variables of a connection: acme-sn is LIFELINE_ACME_SN.
func ConnectionPrefix(name string) string {
	return Prefix + "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// plain words envconfig's error without the value, which may be a secret.
func plain(err error) string {
	var parse *envconfig.ParseError
	if errors.As(err, &parse) {
		return fmt.Sprintf("%s cannot be read as %s", parse.KeyName, parse.TypeName)
	}
	return err.Error()
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

// unknown names variables with our prefix that nobody reads: most often a slip of the pen.
func (c Config) unknown() (faults []string) {
	known := map[string]bool{}
	for _, v := range c.Variables() {
		known[v.Name] = true
	}
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, Prefix+"_") && !known[name] && !known[strings.TrimSuffix(name, "_FILE")] && !slices.Contains(ownVariables, name) {
			faults = append(faults, name+" is not a variable of Lifeline; `lifeline config` lists them")
		}
	}
	return faults
}

// ownVariables are read elsewhere: where the local server's programs lie, and switches of tests.
var ownVariables = []string{Prefix + "_BIN", Prefix + "_BENCH", Prefix + "_DATA", Prefix + "_CONNECT_USER", Prefix + "_CONNECT_PASSWORD"}
