package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	lockFile    = "lock"
	pidFile     = "temporal-server.pid"
	versionFile = "temporal-version"
)

// claim takes the data directory for this process. Two servers on the same files would steal each other's work.
func claim(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("engine: data directory: %w", err)
	}
	lock := flock.New(filepath.Join(dir, lockFile))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("engine: locking %s: %w", dir, err)
	}
	if !locked {
		return nil, fmt.Errorf("engine: %s is used by another running Lifeline", dir)
	}
	if err := refuseOrphan(dir); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return lock, nil
}

// refuseOrphan looks for a server that outlived a killed parent, which Linux prevents and other systems don't.
func refuseOrphan(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, pidFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	pid, addr, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return nil
	}
	return errors.Join(
		fmt.Errorf("engine: a Temporal server of an earlier run (process %s, %s) still uses %s: end it first", pid, addr, dir),
		conn.Close())
}

func notePID(dir string, pid int, addr string) error {
	return os.WriteFile(filepath.Join(dir, pidFile), fmt.Appendf(nil, "%d %s\n", pid, addr), 0o600)
}

// fitVersion sets files of another minor version aside and notes the one that runs now: SQLite files are not migrated
// (temporal.md 6).
func fitVersion(dir, minor string, logger *slog.Logger) error {
	stamp := filepath.Join(dir, versionFile)
	written, err := os.ReadFile(stamp)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("engine: %w", err)
	}
	old := strings.TrimSpace(string(written))
	if old != "" && old != minor {
		aside := filepath.Join(dir, "old-"+old+"-"+time.Now().UTC().Format("20060102T150405"))
		logger.Warn("the engine's files were written by another version and are set aside; starting with empty ones",
			"written_by", old, "running", minor, "moved_to", aside)
		if err := setAside(dir, aside); err != nil {
			return fmt.Errorf("engine: setting old files aside: %w", err)
		}
	}
	return os.WriteFile(stamp, []byte(minor+"\n"), 0o600)
}

func setAside(dir, aside string) error {
	if err := os.Mkdir(aside, 0o700); err != nil {
		return err
	}
	for _, name := range []string{dataFile, visibilityFile} {
		files, err := filepath.Glob(filepath.Join(dir, name+"*")) // with SQLite's -wal and -shm
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := os.Rename(file, filepath.Join(aside, filepath.Base(file))); err != nil {
				return err
			}
		}
	}
	return nil
}
