package dynamics

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestTextsAreCutByTheUnitsDataverseCounts(t *testing.T) {
	assert.Equal(t, "abc", cut("abc", 3))
	assert.Equal(t, "ab…", cut("abcd", 3))
	assert.Equal(t, "ééé", cut("ééé", 3), "three characters of six bytes fit")
	assert.Equal(t, "a…", cut("a😀😀", 3), "no half of a character is kept")
	assert.True(t, utf8.ValidString(cut(strings.Repeat("😀", 10), 6)))
}

func TestCharactersThatNoColumnTakesAreReplaced(t *testing.T) {
	assert.Equal(t, "a�b�c�d\t\r\n😀 é", fit("a\x00b\x0bc\uffffd\t\r\n😀 é", 100))
	assert.Equal(t, "a�…", fit("a\x00bcd", 3), "and count as they are sent")
}

func TestEveryTableIsWellFormed(t *testing.T) {
	for _, table := range Tables {
		_, hasKey := table.Column(table.Key)
		assert.True(t, hasKey, table.Name)
		assert.Equal(t, Text, table.Columns[0].Type, "the primary column of %s", table.Name)
		names := map[string]bool{}
		for _, column := range table.Columns {
			assert.False(t, names[column.Name], "%s twice in %s", column.Name, table.Name)
			names[column.Name] = true
			assert.Equal(t, strings.ToLower(column.Name), column.Name, "lower case, so that bind keys are the column's name")
			assert.NotEmpty(t, column.Meaning, column.Name)
			assert.NotEmpty(t, column.Label, column.Name)
			isText := column.Type == Text || column.Type == Memo || column.Type == Link
			assert.Equal(t, isText, column.Length > 0, column.Name)
			assert.Equal(t, column.Type == Lookup, column.Target != "", column.Name)
		}
	}
}
