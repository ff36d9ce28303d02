package scim

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	scimerrors "github.com/elimity-com/scim/errors"
)

// Limits on a request body, checked before it is parsed or while it is read.
const (
	maxBody   = 1 << 20 // bytes
	maxDepth  = 16      // nested objects and arrays
	maxValues = 100_000 // objects, arrays and what is in them
	maxNames  = 1000    // in one object
)

// decode reads one JSON object: UTF-8, at most maxDepth deep, without a name given twice (names that differ only in
// case are the same, RFC 7643 §2.1) and with nothing after it. Numbers keep their exact text. encoding/json lets the
// last of two equal names win, in whatever case; that is why this is read here.
func decode(body []byte) (*object, error) { return decodeUpTo(body, len(body)) }

// decodeUpTo is decode for a message whose lists have so many elements at most. What has more is not read on.
func decodeUpTo(body []byte, most int) (*object, error) {
	if !utf8.Valid(body) {
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "body: not UTF-8")
	}
	d := decoder{src: string(body), most: most}
	v, err := d.value("body", 0)
	if err != nil {
		return nil, err
	}
	if d.blank(); d.pos < len(d.src) {
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "body: something follows the JSON object")
	}
	o, ok := v.(*object)
	if !ok {
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "body: expected a JSON object")
	}
	return o, nil
}

type decoder struct {
	src  string
	pos  int
	most int // elements of a list that stands at the top of the message
	read int // values so far
}

func (d *decoder) broken(where string) error {
	return refuse(scimerrors.ScimTypeInvalidSyntax, "%s: not valid JSON near byte %d", where, d.pos)
}

func (d *decoder) blank() {
	for d.pos < len(d.src) && strings.IndexByte(" \t\r\n", d.src[d.pos]) >= 0 {
		d.pos++
	}
}

// accept skips blanks and takes c if it is next.
func (d *decoder) accept(c byte) bool {
	d.blank()
	if d.pos < len(d.src) && d.src[d.pos] == c {
		d.pos++
		return true
	}
	return false
}

// value reads what is next; where names it in errors.
func (d *decoder) value(where string, depth int) (any, error) {
	if d.read++; d.read > maxValues {
		return nil, refuseStatus(http.StatusRequestEntityTooLarge, "%s: more than %d values in one body", where, maxValues)
	}
	isObject := d.accept('{')
	isArray := !isObject && d.accept('[')
	switch {
	case (isObject || isArray) && depth == maxDepth:
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "%s: nested deeper than %d levels", where, maxDepth)
	case isObject:
		return d.object(where, depth+1)
	case isArray:
		return d.array(where, depth+1)
	case strings.HasPrefix(d.src[d.pos:], `"`):
		return d.text(where)
	}
	return d.scalar(where)
}

// object reads members up to the closing brace.
func (d *decoder) object(where string, depth int) (any, error) {
	o := &object{}
	if d.accept('}') {
		return o, nil
	}
	seen := names{}
	for {
		if d.blank(); !strings.HasPrefix(d.src[d.pos:], `"`) {
			return nil, d.broken(where)
		}
		name, err := d.text(where)
		if err != nil {
			return nil, err
		}
		if len(o.members) == maxNames {
			return nil, refuseStatus(http.StatusRequestEntityTooLarge, "%s: more than %d names in one object", where, maxNames)
		}
		if seen.add(o, name) {
			return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "%s: given twice in one object", clip(name))
		}
		if !d.accept(':') {
			return nil, d.broken(clip(name))
		}
		v, err := d.value(clip(name), depth)
		if err != nil {
			return nil, err
		}
		o.members = append(o.members, member{name, v})
		if d.accept('}') {
			return o, nil
		}
		if !d.accept(',') {
			return nil, d.broken(where)
		}
	}
}

// names finds names given twice, in linear time however many there are.
type names map[string]bool

// few is how many names are compared one by one.
const few = 16

// add says whether o, or what was added before, has the name in any case.
func (n *names) add(o *object, name string) bool {
	if len(o.members) < few {
		_, known := o.find(name)
		return known
	}
	if len(*n) == 0 {
		*n = names{}
		for _, m := range o.members {
			(*n)[strings.ToLower(m.name)] = true
		}
	}
	known := (*n)[strings.ToLower(name)]
	(*n)[strings.ToLower(name)] = true
	return known
}

// array reads elements up to the closing bracket.
func (d *decoder) array(where string, depth int) (any, error) {
	list := []any{}
	if d.accept(']') {
		return list, nil
	}
	for {
		v, err := d.value(where, depth)
		if err != nil {
			return nil, err
		}
		if list = append(list, v); depth == 2 && len(list) > d.most {
			return nil, refuseStatus(http.StatusRequestEntityTooLarge, "%s: more than %d elements", where, d.most)
		}
		if d.accept(']') {
			return list, nil
		}
		if !d.accept(',') {
			return nil, d.broken(where)
		}
	}
}

// text reads a string. Without escapes it is a part of the source.
func (d *decoder) text(where string) (string, error) {
	start := d.pos + 1
	for i := start; i < len(d.src); i++ {
		switch c := d.src[i]; {
		case c == '"':
			d.pos = i + 1
			return d.src[start:i], nil
		case c == '\\':
			return d.escaped(where)
		case c < 0x20:
			return "", d.broken(where)
		}
	}
	return "", d.broken(where)
}

// escaped reads a string that holds a backslash.
func (d *decoder) escaped(where string) (string, error) {
	end := stringEnd(d.src, d.pos)
	var s string
	if err := json.Unmarshal([]byte(d.src[d.pos:end]), &s); err != nil {
		return "", d.broken(where)
	}
	if strings.ContainsRune(s, 0) {
		return "", refuse(scimerrors.ScimTypeInvalidValue, "%s: the character U+0000 is not accepted", where)
	}
	d.pos = end
	return s, nil
}

// stringEnd returns the position after the quoted string that starts at pos, or the end of the text if it is not closed.
func stringEnd(src string, pos int) int {
	for i := pos + 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

// scalar reads true, false, null or a number.
func (d *decoder) scalar(where string) (any, error) {
	rest := d.src[d.pos:]
	end := strings.IndexAny(rest, " \t\r\n,]}")
	if end < 0 {
		end = len(rest)
	}
	word := rest[:end]
	v, ok := scalar(word)
	if !ok {
		return nil, d.broken(where)
	}
	d.pos += end
	return v, nil
}

// scalar is the value of an unquoted JSON word.
func scalar(word string) (any, bool) {
	switch word {
	case "true":
		return true, true
	case "false":
		return false, true
	case "null":
		return nil, true
	}
	number := word != "" && strings.Trim(word, "+-0123456789.eE") == "" && json.Valid([]byte(word))
	return json.Number(word), number
}

// clip shortens what a client wrote before it is repeated in an error.
func clip(s string) string {
	if len(s) <= 80 {
		return s
	}
	return strings.ToValidUTF8(s[:80], "") + "…"
}
