package scim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	scimerrors "github.com/elimity-com/scim/errors"
)

func TestDecode(t *testing.T) {
	deep := func(n int) string { return `{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}" }
	for _, tt := range []struct {
		name, body, want string // want: part of the refusal; "" for success
	}{
		{"plain", `{"a":1,"b":[true,null,"x"],"c":{"d":1.50}}`, ""},
		{"deep enough", deep(maxDepth - 1), ""},
		{"too deep", deep(maxDepth), "nested deeper than 16"},
		{"very deep", deep(100_000), "nested deeper than 16"},
		{"same name twice", `{"active":true,"active":false}`, "active: given twice"},
		{"same name in other case", `{"a":{"active":true,"Active":false}}`, "Active: given twice"},
		{"a letter that folds to another", `{"users":1,"uſers":2}`, ""},
		{"trailing object", `{"a":1}{"a":2}`, "something follows"},
		{"trailing bracket", `{"a":1}]`, "something follows"},
		{"trailing blanks", "{\"a\":1} \n", ""},
		{"not UTF-8", "{\"a\":\"\xff\"}", "not UTF-8"},
		{"NUL", `{"a":"x\u0000"}`, "U+0000"},
		{"NUL in a name", `{"a\u0000":1}`, "U+0000"},
		{"array", `[1]`, "expected a JSON object"},
		{"cut off", `{"a":[1,`, "not valid JSON"},
		{"comma too many", `{"a":[1,]}`, "not valid JSON"},
		{"empty", ``, "not valid JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decode([]byte(tt.body))
			checkRefusal(t, err, "", tt.want)
		})
	}
}

// TestBombsAreNotReadOn: the work stops where a limit is passed, however much follows.
func TestBombsAreNotReadOn(t *testing.T) {
	const many = 1_000_000
	for name, tt := range map[string]struct {
		body string
		most int // bytes read
	}{
		"elements of a message's list": {`{"Operations":[` + strings.Repeat("{},", many), 4000},
		"elements of another list":     {`{"a":[[` + strings.Repeat("{},", many), 4 * maxValues},
		"levels":                       {strings.Repeat(`{"a":`, many), 100},
	} {
		d := decoder{src: tt.body, most: 1000}
		if _, err := d.value("body", 0); err == nil || d.pos > tt.most {
			t.Errorf("%s: %d bytes of %d were read: %v", name, d.pos, len(tt.body), err)
		}
	}
}

func TestNumbersKeepTheirText(t *testing.T) {
	const body = `{"a":9007199254740993,"b":1.50,"c":1e400}`
	o, err := decode([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(appendJSON(nil, o)); got != body {
		t.Errorf("got %s, want %s", got, body)
	}
}

func TestManyNames(t *testing.T) {
	var body strings.Builder
	body.WriteString(`{"first":0`)
	for i := range maxNames - 3 {
		fmt.Fprintf(&body, `,"n%d":%d`, i, i)
	}
	if _, err := decode([]byte(body.String() + "}")); err != nil {
		t.Error(err)
	}
	_, err := decode([]byte(body.String() + `,"N7":1}`))
	checkRefusal(t, err, "invalidSyntax", "N7: given twice")
	_, err = decode([]byte(body.String() + `,"x":1,"X":1}`))
	checkRefusal(t, err, "invalidSyntax", "X: given twice")
}

// FuzzDecode holds decode to encoding/json: what it accepts is valid and means the same, and what it refuses is
// invalid or one of the things it is there to refuse.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b":"è\n"}],"A2":null}`, `{"a":1,"A":2}`, `{"x":"\ud800"}`, `{"":{}}`, `{"a": -0.1e+5 , "b":[ ]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := decode(body)
		if err == nil {
			sameAsStandard(t, body, o)
			return
		}
		var told scimerrors.ScimError
		if errors.As(err, &told) && strings.Contains(told.Detail, "not valid JSON") && json.Valid(body) {
			t.Errorf("refused %q: %v", body, err)
		}
	})
}

func sameAsStandard(t *testing.T, body []byte, o *object) {
	want, got := standard(t, body), standard(t, appendJSON(nil, o))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s came back as %s", body, appendJSON(nil, o))
	}
}

func standard(t *testing.T, data []byte) any {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("encoding/json refuses %q: %v", data, err)
	}
	return v
}

func BenchmarkDecode(b *testing.B) {
	body := []byte(anna)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(body); err != nil {
			b.Fatal(err)
		}
	}
}
