package rules

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module = "example.com/lifeline"
	root   = "../.."
)

// read returns a file by its path below the root.
func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	require.NoError(t, err)
	return content
}

// files lists the repository's files by slashed path below the root. What is built or fetched is left out.
var files = sync.OnceValues(func() ([]string, error) {
	var list []string
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if isForeign(entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		below, err := filepath.Rel(root, name)
		list = append(list, filepath.ToSlash(below))
		return err
	})
	slices.Sort(list)
	return list, err
})

func isForeign(dir string) bool {
	return dir == "node_modules" || strings.HasPrefix(dir, ".") && dir != ".." && dir != "." && dir != ".ci"
}

// eachText calls check for every text file with one of the endings; none means any ending.
func eachText(t *testing.T, check func(name string, content []byte), endings ...string) {
	t.Helper()
	list, err := files()
	require.NoError(t, err)
	for _, name := range list {
		if len(endings) > 0 && !slices.Contains(endings, path.Ext(name)) {
			continue
		}
		if content := read(t, name); !bytes.Contains(content, []byte{0}) {
			check(name, content)
		}
	}
}

// source is a parsed Go file.
type source struct {
	name string // path below the root
	set  *token.FileSet
	file *ast.File
	text []byte
}

func (s source) room() string { return path.Dir(s.name) }
func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

// line is where a node stands, as file:line.
func (s source) line(node ast.Node) string {
	at := s.set.Position(node.Pos())
	at.Filename = s.name
	at.Column = 0
	return at.String()
}

// sources are the Go files of the module, parsed once.
func sources(t *testing.T) []source {
	t.Helper()
	list, err := parsed()
	require.NoError(t, err)
	require.NotEmpty(t, list)
	return list
}

var parsed = sync.OnceValues(func() ([]source, error) {
	list, err := files()
	if err != nil {
		return nil, err
	}
	var all []source
	for _, name := range list {
		if path.Ext(name) != ".go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		all = append(all, source{name: name, set: set, file: file, text: text})
	}
	return all, nil
})
