package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// wellFormed reports what is no JSON, trailing data included, and on which line.
func wellFormed(content []byte) error {
	var whole json.RawMessage
	err := json.Unmarshal(content, &whole)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := 1 + bytes.Count(content[:min(int(syntax.Offset), len(content))], []byte("\n"))
		return fmt.Errorf("line %d: %w", line, syntax)
	}
	return err
}

// decode reads well-formed JSON into the configuration. Unlike encoding/json it
// refuses a key that it does not know, one in another case and one written twice,
// and names each with its path.
func (c *faultsOf) decode(content []byte) {
	d := decoder{json.NewDecoder(bytes.NewReader(content)), c}
	d.UseNumber()
	d.value("", reflect.ValueOf(c.config).Elem())
}

type decoder struct {
	*json.Decoder // over well-formed JSON: its errors cannot happen
	*faultsOf
}

// value reads the next value into v. An invalid v takes and forgets anything, so
// that the inside of an unknown key is no further fault.
func (d decoder) value(path string, v reflect.Value) {
	token, _ := d.Token()
	switch {
	case token == json.Delim('{'):
		d.object(path, d.expect(path, v, reflect.Struct, "an object"))
	case token == json.Delim('['):
		d.list(path, d.expect(path, v, reflect.Slice, "a list"))
	case v.IsValid():
		if err := setToken(v, token); err != nil {
			d.add(path, "%v", err)
		}
	}
}

func (d decoder) expect(path string, v reflect.Value, kind reflect.Kind, found string) reflect.Value {
	if v.IsValid() && v.Kind() != kind {
		d.add(path, "is %s, expected %s", found, nameOf(v))
		return reflect.Value{}
	}
	return v
}

func (d decoder) object(path string, v reflect.Value) {
	seen := map[string]bool{}
	for d.More() {
		token, _ := d.Token()
		name := token.(string)
		key := strings.TrimPrefix(path+"."+name, ".")
		field := fieldOf(v, name)
		switch {
		case !v.IsValid(): // inside a fault already noted
		case !field.IsValid():
			d.add(key, "unknown key")
		case seen[name]:
			d.add(key, "key is written twice")
		}
		seen[name] = true
		d.value(key, field)
	}
	d.Token()
}

func (d decoder) list(path string, v reflect.Value) {
	for i := 0; d.More(); i++ {
		var element reflect.Value
		if v.IsValid() {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
			element = v.Index(v.Len() - 1)
		}
		d.value(fmt.Sprintf("%s[%d]", path, i), element)
	}
	d.Token()
}

func fieldOf(v reflect.Value, name string) reflect.Value {
	if !v.IsValid() {
		return v
	}
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag.Get("json"); tag == name && tag != "" {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// setToken sets v from a JSON string, number, boolean or null.
func setToken(v reflect.Value, token json.Token) error {
	found, want := "", nameOf(v)
	switch token := token.(type) {
	case string:
		if found = "a string"; want == found {
			return setText(v, token)
		}
	case json.Number:
		if found = "a number"; want == found {
			return setText(v, token.String())
		}
	case bool:
		if found = "a boolean"; want == found {
			v.SetBool(token)
			return nil
		}
	default:
		found = "null"
	}
	return fmt.Errorf("is %s, expected %s", found, want)
}

func nameOf(v reflect.Value) string {
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return "a string"
	}
	return map[reflect.Kind]string{
		reflect.Struct: "an object", reflect.Slice: "a list", reflect.String: "a string",
		reflect.Int: "a number", reflect.Bool: "a boolean",
	}[v.Kind()]
}

// setText sets v, anything but a struct, from the text of a JSON value or of a
// variable; the elements of a list are separated by commas.
func setText(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return errors.New("is not a whole number")
		}
		v.SetInt(int64(n))
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("is not true or false")
		}
		v.SetBool(b)
	case reflect.Slice:
		v.SetZero()
		if text == "" {
			return nil
		}
		for part := range strings.SplitSeq(text, ",") {
			v.Set(reflect.Append(v, reflect.ValueOf(strings.TrimSpace(part)).Convert(v.Type().Elem())))
		}
	}
	return nil
}
