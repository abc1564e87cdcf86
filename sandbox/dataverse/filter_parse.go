package dataverse

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The nodes of a parsed $filter.
type (
	expr    any
	literal struct {
		value any // string, float64, bool, time.Time, guid or nil
	}
	guid   string
	path   []string // a column, or navigation property and column
	binary struct {
		op          string
		left, right expr
	}
	negation struct{ of expr }
	textCall struct { // contains, startswith, endswith
		name     string
		in, text expr
	}
	membership struct { // Microsoft.Dynamics.CRM.In
		property path
		values   []string
	}
)

const inFunction = "Microsoft.Dynamics.CRM.In"

var (
	comparisons   = []string{"eq", "ne", "gt", "ge", "lt", "le"}
	textFunctions = []string{"contains", "startswith", "endswith"}
)

// maxFilterDepth bounds nesting; the real limit is on the number of conditions (500).
const maxFilterDepth = 100

type filterParser struct {
	input   string
	lexemes []lexeme
	aliases func(name string) string // parameter aliases, @p1
	depth   int
}

func parseFilter(input string, aliases func(string) string) (expr, error) {
	lexemes, err := lex(input)
	if err != nil {
		return nil, err
	}
	p := &filterParser{input: input, lexemes: lexemes, aliases: aliases}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.peek().kind != lexEnd {
		return nil, syntaxError(input)
	}
	return e, nil
}

func (p *filterParser) peek() lexeme { return p.lexemes[0] }

func (p *filterParser) next() lexeme {
	first := p.lexemes[0]
	if first.kind != lexEnd {
		p.lexemes = p.lexemes[1:]
	}
	return first
}

func (p *filterParser) accept(kind lexemeKind, text string) bool {
	if p.peek().kind == kind && p.peek().text == text {
		p.next()
		return true
	}
	return false
}

func (p *filterParser) expect(mark string) error {
	if !p.accept(lexMark, mark) {
		return syntaxError(p.input)
	}
	return nil
}

func (p *filterParser) or() (expr, error)  { return p.chain("or", p.and) }
func (p *filterParser) and() (expr, error) { return p.chain("and", p.unary) }

func (p *filterParser) chain(op string, part func() (expr, error)) (expr, error) {
	left, err := part()
	for err == nil && p.accept(lexWord, op) {
		var right expr
		if right, err = part(); err == nil {
			left = binary{op, left, right}
		}
	}
	return left, err
}

func (p *filterParser) unary() (expr, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxFilterDepth {
		return nil, syntaxError(p.input)
	}
	if p.accept(lexWord, "not") {
		of, err := p.unary()
		return negation{of}, err
	}
	if p.accept(lexMark, "(") {
		inner, err := p.or()
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	}
	return p.condition()
}

func (p *filterParser) condition() (expr, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	op := p.peek()
	if op.kind != lexWord || !slices.Contains(comparisons, op.text) {
		return left, nil
	}
	p.next()
	right, err := p.operand()
	return binary{op.text, left, right}, err
}

func (p *filterParser) operand() (expr, error) {
	switch token := p.next(); token.kind {
	case lexString:
		return literal{token.text}, nil
	case lexGUID:
		return literal{guid(token.text)}, nil
	case lexNumber:
		value, err := strconv.ParseFloat(token.text, 64)
		return literal{value}, err
	case lexTime:
		return p.time(token.text)
	case lexWord:
		return p.word(token.text)
	}
	return nil, syntaxError(p.input)
}

func (p *filterParser) word(word string) (expr, error) {
	switch {
	case word == "null":
		return literal{nil}, nil
	case word == "true" || word == "false":
		return literal{word == "true"}, nil
	case word == inFunction:
		return p.membership()
	case slices.Contains(textFunctions, word):
		return p.textCall(word)
	case strings.HasPrefix(word, "@"):
		return p.alias(word)
	}
	return path(strings.Split(word, "/")), nil
}

func (p *filterParser) time(text string) (expr, error) {
	value, err := parseTime(text)
	if err != nil {
		return nil, syntaxError(p.input)
	}
	return literal{value}, nil
}

func parseTime(text string) (time.Time, error) {
	if !strings.Contains(text, "T") {
		return time.Parse(time.DateOnly, text)
	}
	value, err := time.Parse(time.RFC3339, text)
	return value.UTC(), err
}

// alias puts the value of a parameter alias in its place.
func (p *filterParser) alias(name string) (expr, error) {
	lexemes, err := lex(p.aliases(name))
	if err != nil || len(lexemes) != 2 || lexemes[0].kind == lexWord && strings.HasPrefix(lexemes[0].text, "@") {
		return nil, badRequest(codeProperty, "The parameter alias '%s' has no usable value.", name)
	}
	p.lexemes = append(lexemes[:1:1], p.lexemes...)
	return p.operand()
}

func (p *filterParser) textCall(name string) (expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	in, err := p.operand()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	text, err := p.operand()
	if err != nil {
		return nil, err
	}
	return textCall{name, in, text}, p.expect(")")
}

// membership reads (PropertyName='x',PropertyValues=['1','2']).
func (p *filterParser) membership() (expr, error) {
	var m membership
	if err := p.all(lexMark, "(", lexWord, "PropertyName", lexMark, "="); err != nil {
		return nil, err
	}
	m.property = strings.Split(p.next().text, "/")
	if err := p.all(lexMark, ",", lexWord, "PropertyValues", lexMark, "=", lexMark, "["); err != nil {
		return nil, err
	}
	for {
		value := p.next()
		if value.kind != lexString {
			return nil, syntaxError(p.input)
		}
		m.values = append(m.values, value.text)
		if !p.accept(lexMark, ",") {
			break
		}
	}
	return m, p.all(lexMark, "]", lexMark, ")")
}

// all expects kinds and texts in turn.
func (p *filterParser) all(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if !p.accept(pairs[i].(lexemeKind), pairs[i+1].(string)) {
			return syntaxError(p.input)
		}
	}
	return nil
}
