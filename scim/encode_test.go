package scim

import (
	"encoding/json"
	"testing"
)

// Whatever a text holds, a reader of JSON gets back what encoding/json would have given.
func TestTextsAreEncoded(t *testing.T) {
	for _, s := range []string{
		"", "plain", `"`, `\`, `a"b\c"`, `W/"tag"`, "è già", `è "già"`, "a\nb", "\x00", "\"\x1f", "\x7f", "\u2028", "not \xff UTF-8", "\xff\"",
	} {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var got, meant string
		data := appendString([]byte("["), s)
		if err := json.Unmarshal(data[1:], &got); err != nil || data[0] != '[' {
			t.Errorf("%q became %s: %v", s, data, err)
		}
		if err := json.Unmarshal(want, &meant); err != nil || got != meant {
			t.Errorf("%q became %s, expected %s", s, data, want)
		}
	}
}
