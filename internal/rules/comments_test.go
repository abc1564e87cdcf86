package rules

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEachPackageHasOneComment(t *testing.T) {
	commented := map[string][]string{}
	for _, s := range sources(t) {
		if strings.HasSuffix(s.file.Name.Name, "_test") {
			continue
		}
		if _, seen := commented[s.room()]; !seen {
			commented[s.room()] = nil
		}
		if s.file.Doc == nil {
			continue
		}
		commented[s.room()] = append(commented[s.room()], s.name)
		begin := "Package " + s.file.Name.Name + " "
		if s.file.Name.Name == "main" {
			begin = "Command "
		}
		assert.True(t, strings.HasPrefix(s.file.Doc.Text(), begin), "%s: the comment begins with %q", s.name, begin)
	}
	for room, in := range commented {
		assert.Len(t, in, 1, "package comments of %s", room)
	}
}

func TestExportedNamesAreExplained(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		for _, declaration := range s.file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				exported := d.Name.IsExported() && receiverIsExported(d)
				assert.False(t, exported && d.Doc == nil, "%s: %s has no comment", s.line(d), d.Name.Name)
			case *ast.GenDecl:
				for _, name := range unexplained(d) {
					assert.Fail(t, "no comment", "%s: %s", s.line(d), name)
				}
			}
		}
	}
}

func receiverIsExported(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	receiver := d.Recv.List[0].Type
	for {
		switch r := receiver.(type) {
		case *ast.StarExpr:
			receiver = r.X
		case *ast.IndexExpr:
			receiver = r.X
		case *ast.Ident:
			return r.IsExported()
		default:
			return true
		}
	}
}

// unexplained lists exported names without a comment: of their own, behind them, or over their group.
func unexplained(d *ast.GenDecl) []string {
	if d.Tok == token.IMPORT || d.Doc != nil {
		return nil
	}
	var names []string
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && spec.Doc == nil && spec.Comment == nil {
				names = append(names, spec.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() && spec.Doc == nil && spec.Comment == nil {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}
