package rules

import (
	"bytes"
	"go/ast"
	"go/format"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxLines is the length above which a file has more than one subject.
const maxLines = 500

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		assert.Less(t, bytes.Count(s.text, []byte("\n")), maxLines, s.name)
	}
}

func TestFilesAreFormatted(t *testing.T) {
	for _, s := range sources(t) {
		formatted, err := format.Source(s.text)
		require.NoError(t, err, s.name)
		assert.True(t, bytes.Equal(formatted, s.text), "%s: run gofmt", s.name)
	}
}

// A test that is left out proves nothing, and one that sleeps proves it slowly. In a bubble of package synctest sleeping
// takes no time.
func TestTestsNeitherSkipNorSleep(t *testing.T) {
	for _, s := range sources(t) {
		if !s.isTest() {
			continue
		}
		for _, call := range calls(s) {
			name := called(call)
			receiver, method, _ := strings.Cut(name, ".")
			skips := len(receiver) == 1 && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, method)
			assert.False(t, skips, "%s skips", s.line(call))
			bubble := slices.Contains(imports(s), "testing/synctest")
			assert.False(t, name == "time.Sleep" && !bubble, "%s sleeps", s.line(call))
		}
	}
}

func calls(s source) []*ast.CallExpr {
	var list []*ast.CallExpr
	ast.Inspect(s.file, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			list = append(list, call)
		}
		return true
	})
	return list
}

// called names what is called, "time.Sleep"; "" when that is no plain selector.
func called(call *ast.CallExpr) string {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	receiver, ok := selector.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return receiver.Name + "." + selector.Sel.Name
}
