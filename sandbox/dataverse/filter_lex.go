package dataverse

import (
	"regexp"
	"strings"
)

// lexeme is one token of $filter and $orderby.
type lexeme struct {
	kind lexemeKind
	text string // without quotes, doubled quotes resolved
}

type lexemeKind int

const (
	lexEnd lexemeKind = iota
	lexWord
	lexString
	lexNumber
	lexGUID
	lexTime
	lexMark // ( ) [ ] , =
)

var (
	guidPattern   = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	timePattern   = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:\d{2})?)?$`)
	numberPattern = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
)

// lex splits a filter. A bare run of characters is classified by its form: GUID, time, number or word.
func lex(input string) ([]lexeme, error) {
	var list []lexeme
	for rest := strings.TrimLeft(input, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		switch {
		case strings.ContainsRune("()[],=", rune(rest[0])):
			list = append(list, lexeme{lexMark, rest[:1]})
			rest = rest[1:]
		case rest[0] == '\'':
			text, length, err := quoted(rest)
			if err != nil {
				return nil, err
			}
			list = append(list, lexeme{lexString, text})
			rest = rest[length:]
		default:
			end := strings.IndexAny(rest, " ()[],='")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, syntaxError(input)
			}
			list = append(list, classify(rest[:end]))
			rest = rest[end:]
		}
	}
	return append(list, lexeme{kind: lexEnd}), nil
}

func classify(word string) lexeme {
	switch {
	case guidPattern.MatchString(word):
		return lexeme{lexGUID, strings.ToLower(word)}
	case timePattern.MatchString(word):
		return lexeme{lexTime, word}
	case numberPattern.MatchString(word):
		return lexeme{lexNumber, word}
	}
	return lexeme{lexWord, word}
}

// quoted reads a literal in single quotes, an embedded quote being doubled, and gives its length in the input.
func quoted(input string) (string, int, error) {
	var text strings.Builder
	for i := 1; i < len(input); i++ {
		if input[i] != '\'' {
			text.WriteByte(input[i])
			continue
		}
		if i+1 < len(input) && input[i+1] == '\'' {
			text.WriteByte('\'')
			i++
			continue
		}
		return text.String(), i + 1, nil
	}
	return "", 0, badRequest(codeProperty, "There is an unterminated string literal at position %d in '%s'.", len(input), input)
}

func syntaxError(input string) error {
	return badRequest(codeProperty, "Syntax error in '%s'.", input)
}
