package scim

import (
	"encoding/json"
	"strconv"
	"sync"
	"unicode/utf8"
)

// buffers are lent to encodings that are used at once: a page of users is some 200 KB.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxLent is the largest buffer that is kept for the next one, in bytes.
const maxLent = 1 << 20

// withJSON lends the encoding of v to use.
func withJSON(v any, use func([]byte)) {
	lent := buffers.Get().(*[]byte)
	*lent = appendJSON((*lent)[:0], v)
	use(*lent)
	if cap(*lent) <= maxLent {
		buffers.Put(lent)
	}
}

// appendJSON encodes v after b.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case json.Number:
		return append(b, v...)
	case *object:
		return appendObject(b, v)
	case []any:
		return appendArray(b, v)
	}
	return append(b, "null"...)
}

func appendObject(b []byte, o *object) []byte {
	b = append(b, '{')
	for i, m := range o.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, m.name)
		b = append(b, ':')
		b = appendJSON(b, m.value)
	}
	return append(b, '}')
}

func appendArray(b []byte, list []any) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, v)
	}
	return append(b, ']')
}

// appendString leaves to encoding/json what is rare: control characters and what is not UTF-8.
func appendString(b []byte, s string) []byte {
	plain, from, ascii := append(b, '"'), 0, true
	for i := range len(s) {
		switch c := s[i]; {
		case c < 0x20:
			return appendRare(b, s)
		case c == '"' || c == '\\':
			plain = append(append(plain, s[from:i]...), '\\')
			from = i
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	if !ascii && !utf8.ValidString(s) {
		return appendRare(b, s)
	}
	return append(append(plain, s[from:]...), '"')
}

func appendRare(b []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // a string always encodes
	return append(b, quoted...)
}
