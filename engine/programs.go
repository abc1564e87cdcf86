package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

const (
	serverProgram = "temporal-server"
	uiProgram     = "temporal-ui"
	cliProgram    = "temporal"
)

// programs are the executables of a local server: the official server and UI, or else the CLI that contains both.
type programs struct {
	server string
	ui     string
	cli    string // only when server is empty
}

func findPrograms(binDir string) (programs, error) {
	for _, dir := range programDirs(binDir) {
		server := filepath.Join(dir, serverProgram)
		if isFile(server) {
			return programs{server: server, ui: filepath.Join(dir, uiProgram)}, nil
		}
	}
	if cli, err := exec.LookPath(cliProgram); err == nil {
		return programs{cli: cli}, nil
	}
	return programs{}, errors.New("engine: no Temporal server was found: run `make tools` (3-4 minutes, once), " +
		"set LIFELINE_BIN to a directory with temporal-server and temporal-ui, put the temporal CLI on the PATH, or set TEMPORAL_ADDRESS to a running server")
}

// programDirs lists where the programs may be, first come first served.
func programDirs(binDir string) []string {
	if binDir != "" {
		return []string{binDir}
	}
	var dirs []string
	if dir := os.Getenv("LIFELINE_BIN"); dir != "" {
		dirs = append(dirs, dir)
	}
	if executable, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Dir(executable))
	}
	if root, found := moduleRoot(); found {
		dirs = append(dirs, filepath.Join(root, ".bin"))
	}
	return dirs
}

// moduleRoot is the nearest directory above that holds a go.mod: tests run in their package's directory.
func moduleRoot() (string, bool) {
	dir, err := os.Getwd()
	for err == nil {
		if isFile(filepath.Join(dir, "go.mod")) {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return "", false
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// The CLI names its own version first and the server's in brackets.
var (
	cliVersion    = regexp.MustCompile(`Server (\d+\.\d+)\.\d+`)
	serverVersion = regexp.MustCompile(`version (\d+\.\d+)\.\d+`)
)

// minor is the server's version without its patch level: what decides whether its files can be read.
func (p programs) minor(ctx context.Context) (string, error) {
	path, pattern := p.server, serverVersion
	if p.cli != "" {
		path, pattern = p.cli, cliVersion
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("engine: asking %s for its version: %w", path, err)
	}
	found := pattern.FindSubmatch(out)
	if found == nil {
		return "", fmt.Errorf("engine: %s does not tell its version", path)
	}
	return string(found[1]), nil
}
