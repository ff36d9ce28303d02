package scim

import (
	"fmt"
	"strings"
	"testing"
)

// TestListsAreBounded tries what fits into a body and would keep a processor, and on SQLite every writer, busy for minutes.
func TestListsAreBounded(t *testing.T) {
	many := func(n int, form string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = strings.ReplaceAll(form, "#", fmt.Sprint(i))
		}
		return strings.Join(list, ",")
	}
	for name, tt := range map[string]struct{ operations, want string }{
		"too many elements":              {`{"op":"replace","path":"emails","value":[` + many(maxElements+1, `"a#@x"`) + `]}`, "emails: more than 1000 elements"},
		"as many as are allowed":         {`{"op":"replace","path":"emails","value":[` + many(maxElements, `"a#@x"`) + `]}`, ""},
		"to be compared with each other": {`{"op":"add","path":"emails","value":[` + many(maxElements, `"a#@x"`) + `]}`, "too many elements to compare"},
		"a few, added again and again": {many(maxOperations, `{"op":"add","path":"emails","value":["a#@x","b#@x"]}`),
			"too many elements to compare"},
		"selected again and again": {`{"op":"replace","path":"emails","value":[` + many(maxElements, `"a#@x"`) + `]},` +
			many(maxOperations-1, `{"op":"replace","path":"emails[value eq \"a#@x\"].type","value":"t"}`), "too many elements to compare"},
		"removed by a list": {`{"op":"replace","path":"emails","value":[` + many(maxElements, `"a#@x"`) + `]},` +
			`{"op":"remove","path":"emails","value":[` + many(maxElements, `"b#@x"`) + `]}`, "too many elements to compare"},
		"one at a time": {many(200, `{"op":"add","path":"emails","value":["a#@x"]}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := patched(t, tt.operations)
			checkRefusal(t, err, "", tt.want)
		})
	}
}

func TestNamesAreBounded(t *testing.T) {
	var body strings.Builder
	for i := range maxNames + 1 {
		fmt.Fprintf(&body, `,"n%d":%d`, i, i)
	}
	_, err := decode([]byte("{" + body.String()[1:] + "}"))
	checkRefusal(t, err, "", "more than 1000 names")
}
