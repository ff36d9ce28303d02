package scim

import (
	"strings"
	"unicode/utf8"

	scimerrors "github.com/elimity-com/scim/errors"
)

// Limits on a filter, held while it is read so that no input can make the parser deep or slow.
const (
	maxFilter  = 2048 // bytes
	maxNesting = 16   // parentheses and brackets within each other
	maxTerms   = 32   // comparisons
)

// expr is a parsed filter (RFC 7644 §3.4.2.2): andExpr, orExpr, notExpr, comparison or valuePath.
type expr any

type (
	andExpr []expr
	orExpr  []expr
	notExpr struct{ expr }

	// comparison is one term. value is a string, json.Number, bool or nil; nil also where op is pr.
	comparison struct {
		path  attrPath
		op    string // eq ne co sw ew pr gt ge lt le
		value any
	}

	// valuePath holds when one element of a multi-valued attribute meets the whole filter.
	valuePath struct {
		path   attrPath
		filter expr
	}
)

// parseFilter reads a filter. Attribute names are not looked up: compile and match know the schema. The lenient dialect
// takes a text without its quotes too, up to the next blank: userName eq bjensen, as the request collection that
// Microsoft publishes for SCIM has it.
func (d dialect) parseFilter(s string) (expr, error) {
	return (&parser{src: s, kind: scimerrors.ScimTypeInvalidFilter, dialect: d}).filter()
}

func (p *parser) filter() (expr, error) {
	s := p.src
	if len(s) > maxFilter {
		return nil, p.refuse("longer than %d bytes", maxFilter)
	}
	if !utf8.ValidString(s) {
		return nil, p.refuse("not UTF-8")
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.space(); p.pos < len(s) {
		return nil, p.refuse("unexpected %q", clip(s[p.pos:]))
	}
	return e, nil
}

// parser is a recursive descent over the grammar; its recursion is bounded by maxNesting.
type parser struct {
	src            string
	pos            int
	kind           scimerrors.ScimType // of the errors: invalidFilter or invalidPath
	nesting, terms int
	inBrackets     bool
	dialect        dialect
}

func (p *parser) refuse(format string, args ...any) error {
	return refuse(p.kind, p.what()+": "+format, args...)
}

// what is being read, for errors.
func (p *parser) what() string {
	if p.kind == scimerrors.ScimTypeInvalidPath {
		return "path"
	}
	return "filter"
}

func (p *parser) space() {
	for p.pos < len(p.src) && p.src[p.pos] == ' ' {
		p.pos++
	}
}

// accept skips blanks and takes c if it is next.
func (p *parser) accept(c byte) bool {
	p.space()
	if p.pos < len(p.src) && p.src[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// word skips blanks and returns what stands up to the next blank, parenthesis, bracket or quote, without taking it.
func (p *parser) word() string {
	p.space()
	rest := p.src[p.pos:]
	if i := strings.IndexAny(rest, " ()[]\""); i >= 0 {
		return rest[:i]
	}
	return rest
}

// keyword takes the next word if it is w in any case.
func (p *parser) keyword(w string) bool {
	if !strings.EqualFold(p.word(), w) {
		return false
	}
	p.pos += len(w)
	return true
}

// or reads terms joined by "or"; it binds loosest. RFC 7644 §3.4.2.2, order of operations
func (p *parser) or() (expr, error) {
	first, err := p.and()
	list := orExpr{first}
	for err == nil && p.keyword("or") {
		var next expr
		next, err = p.and()
		list = append(list, next)
	}
	if err != nil || len(list) > 1 {
		return list, err
	}
	return first, nil
}

func (p *parser) and() (expr, error) {
	first, err := p.unary()
	list := andExpr{first}
	for err == nil && p.keyword("and") {
		var next expr
		next, err = p.unary()
		list = append(list, next)
	}
	if err != nil || len(list) > 1 {
		return list, err
	}
	return first, nil
}

func (p *parser) unary() (expr, error) {
	start := p.pos
	not := p.keyword("not")
	if p.accept('(') {
		e, err := p.nested(')')
		if not {
			e = notExpr{e}
		}
		return e, err
	}
	p.pos = start
	return p.term()
}

// nested reads what stands between parentheses or brackets already opened.
func (p *parser) nested(closing byte) (expr, error) {
	if p.nesting++; p.nesting > maxNesting {
		return nil, p.refuse("nested deeper than %d levels", maxNesting)
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if !p.accept(closing) {
		return nil, p.refuse("expected %q at byte %d", string(closing), p.pos)
	}
	p.nesting--
	return e, nil
}

// term reads a comparison or a value path, also with an operator behind it as Entra ID writes it:
// emails[type eq "work"].value eq "x" means emails[type eq "work" and value eq "x"].
func (p *parser) term() (expr, error) {
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	if path.filter == nil {
		return p.comparison(path.attrPath)
	}
	filter := path.filter
	if path.sub != "" && p.dialect == strict {
		return nil, p.refuse("a path does not go on behind %q", "]")
	}
	if path.sub != "" {
		c, err := p.comparison(attrPath{name: path.sub})
		if err != nil {
			return nil, err
		}
		filter = andExpr{filter, c}
		path.sub = ""
	}
	return valuePath{path.attrPath, filter}, nil
}

// path reads [URN:]name[.sub], or name[filter][.sub].
func (p *parser) path() (patchPath, error) {
	word := p.word()
	a, ok := splitPath(word)
	if !ok {
		return patchPath{}, p.refuse("expected an attribute name at byte %d", p.pos)
	}
	p.pos += len(word)
	path := patchPath{attrPath: a}
	if !strings.HasPrefix(p.src[p.pos:], "[") {
		return path, nil
	}
	if p.inBrackets || a.sub != "" {
		return patchPath{}, p.refuse("brackets are not allowed at byte %d", p.pos)
	}
	return p.brackets(path)
}

func (p *parser) brackets(path patchPath) (patchPath, error) {
	var err error
	p.pos++
	p.inBrackets = true
	path.filter, err = p.nested(']')
	p.inBrackets = false
	if err != nil || !strings.HasPrefix(p.src[p.pos:], ".") {
		return path, err
	}
	p.pos++
	blank := strings.HasPrefix(p.src[p.pos:], " ")
	path.sub = p.word()
	p.pos += len(path.sub)
	if blank || !isName(path.sub) {
		return path, p.refuse("expected a sub-attribute name after %q", "].")
	}
	return path, nil
}

func (p *parser) comparison(path attrPath) (expr, error) {
	if p.terms++; p.terms > maxTerms {
		return nil, p.refuse("more than %d comparisons", maxTerms)
	}
	word := p.word()
	op := strings.ToLower(word)
	p.pos += len(word)
	switch op {
	case "pr":
		return comparison{path, op, nil}, nil
	case "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le":
		v, err := p.literal()
		return comparison{path, op, v}, err
	}
	return nil, p.refuse("%s: unknown operator %q", path, clip(word))
}

// literal reads a JSON string, number, boolean or null.
func (p *parser) literal() (any, error) {
	word := p.word()
	if strings.HasPrefix(p.src[p.pos:], `"`) {
		return p.text()
	}
	v, ok := scalar(word)
	if !ok && p.dialect == lenient && p.kind == scimerrors.ScimTypeInvalidFilter && word != "" {
		v, ok = word, true
	}
	if !ok {
		return nil, p.refuse("expected a quoted string, a number, true, false or null at byte %d", p.pos)
	}
	p.pos += len(word)
	return v, nil
}

// text reads a quoted string, as JSON writes it.
func (p *parser) text() (any, error) {
	d := decoder{src: p.src, pos: p.pos}
	s, err := d.text(p.what())
	p.pos = d.pos
	return s, retyped(err, p.kind)
}
