package inbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	itemSuffix   = ".post"
	reasonSuffix = ".reason"
	partSuffix   = ".part" // not acknowledged yet
)

// entry is what a file's name tells: its place in the order (the time of receipt in nanoseconds, unique) and whose it
// is. Nothing has to be opened to know what comes next.
type entry struct {
	order      int64
	connection string
	size       int64
}

func (e entry) name() string {
	return fmt.Sprintf("%020d-%s%s", e.order, url.QueryEscape(e.connection), itemSuffix)
}

func parseName(name string) (entry, bool) {
	stem, isItem := strings.CutSuffix(name, itemSuffix)
	order, connection, found := strings.Cut(stem, "-")
	if !isItem || !found {
		return entry{}, false
	}
	n, err := strconv.ParseInt(order, 10, 64)
	if err != nil || n < 0 {
		return entry{}, false
	}
	connection, err = url.QueryUnescape(connection)
	return entry{order: n, connection: connection}, err == nil
}

func insert(entries []entry, e entry) []entry {
	at, _ := slices.BinarySearchFunc(entries, e, func(a, b entry) int { return cmp.Compare(a.order, b.order) })
	return slices.Insert(entries, at, e)
}

// load reads what an earlier process left: complete items, and parts that nobody was told we have.
func (i *Inbox) load() error {
	files, err := os.ReadDir(i.dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := i.loadFile(file); err != nil {
			return err
		}
	}
	dead, err := filepath.Glob(filepath.Join(i.dir, deadDir, "*"+itemSuffix))
	i.dead = len(dead)
	return err
}

func (i *Inbox) loadFile(file os.DirEntry) error {
	if strings.HasSuffix(file.Name(), partSuffix) {
		return os.Remove(filepath.Join(i.dir, file.Name()))
	}
	e, ok := parseName(file.Name())
	if !ok {
		return nil
	}
	info, err := file.Info()
	if err != nil {
		return err
	}
	e.size = info.Size()
	i.waiting = insert(i.waiting, e)
	i.bytes += e.size
	i.last = max(i.last, e.order)
	return nil
}

// write puts a file in place so that after a crash at any moment it is there whole or not at all: written aside and
// synced, renamed, and the directory synced.
func (i *Inbox) write(e entry, data []byte) error {
	path := filepath.Join(i.dir, e.name())
	part := path + partSuffix
	steps := []struct {
		name string
		do   func() error
	}{
		{"write", func() error { return writeSynced(part, data) }},
		{"rename", func() error { return os.Rename(part, path) }},
		{"sync", func() error { return syncDir(i.dir) }},
	}
	for _, step := range steps {
		if err := errors.Join(step.do(), i.after(step.name)); err != nil {
			return errors.Join(err, os.RemoveAll(part), os.RemoveAll(path))
		}
	}
	return nil
}

// after tells tests that a step is done.
func (i *Inbox) after(step string) error {
	if i.fault == nil {
		return nil
	}
	return i.fault(step)
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func seal(s Sealer, item Item) ([]byte, error) {
	plain, err := json.Marshal(item)
	if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	sealed, err := s.Seal(plain)
	if err != nil {
		return nil, fmt.Errorf("inbox: sealing: %w", err)
	}
	return sealed, nil
}

func unseal(s Sealer, sealed []byte) (Item, error) {
	plain, err := s.Open(sealed)
	if err != nil {
		return Item{}, err
	}
	var item Item
	if err := json.Unmarshal(plain, &item); err != nil {
		return Item{}, errors.New("not an item of this inbox")
	}
	return item, nil
}
