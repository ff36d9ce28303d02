package scim

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	scimerrors "github.com/elimity-com/scim/errors"
	oracle "github.com/scim2/filter-parser/v2"
	"pgregory.net/rapid"
)

// checkRefusal compares an error with the scimType and the part of the detail that are expected; "" and "" is none.
func checkRefusal(t *testing.T, err error, kind scimerrors.ScimType, detail string) {
	t.Helper()
	var e scimerrors.ScimError
	switch {
	case kind == "" && detail == "":
		if err != nil {
			t.Errorf("refused: %v", err)
		}
	case !errors.As(err, &e):
		t.Errorf("got %v, want a refusal with %q", err, detail)
	case kind != "" && e.ScimType != kind || !strings.Contains(e.Detail, detail):
		t.Errorf("got %v, want %s with %q", e, kind, detail)
	}
}

func eq(name string, v any) comparison { return comparison{attrPath{name: name}, "eq", v} }

func TestParseFilter(t *testing.T) {
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	for _, tt := range []struct {
		src  string
		want expr
	}{
		{`userName eq "bjensen"`, eq("userName", "bjensen")},
		{`userName Eq "bjensen"`, eq("userName", "bjensen")},
		{`  userName   eq   "b" `, eq("userName", "b")},
		{`name.familyName co "O'Malley"`, comparison{attrPath{name: "name", sub: "familyName"}, "co", "O'Malley"}},
		{`userName eq "a \"quoted\" \u00e9 name"`, eq("userName", `a "quoted" é name`)},
		{`title pr`, comparison{attrPath{name: "title"}, "pr", nil}},
		{`active eq true`, eq("active", true)},
		{`x eq null`, eq("x", nil)},
		{`x eq -1.50e3`, eq("x", json.Number("-1.50e3"))},
		{`members.$ref pr`, comparison{attrPath{name: "members", sub: "$ref"}, "pr", nil}},
		{enterprise + `:manager.value eq "1"`, comparison{attrPath{enterprise, "manager", "value"}, "eq", "1"}},
		{`a eq 1 or b eq 2 and c eq 3`, orExpr{eq("a", json.Number("1")), andExpr{eq("b", json.Number("2")), eq("c", json.Number("3"))}}},
		{`(a pr or b pr) and not (c pr)`, andExpr{
			orExpr{comparison{attrPath{name: "a"}, "pr", nil}, comparison{attrPath{name: "b"}, "pr", nil}},
			notExpr{comparison{attrPath{name: "c"}, "pr", nil}}}},
		{`NOT(a pr)`, notExpr{comparison{attrPath{name: "a"}, "pr", nil}}},
		{`notes eq "not ("`, eq("notes", "not (")},
		{`emails[type eq "work" and value co "@x" or primary eq true]`, valuePath{attrPath{name: "emails"}, orExpr{
			andExpr{eq("type", "work"), comparison{attrPath{name: "value"}, "co", "@x"}}, eq("primary", true)}}},
		{`emails[(type eq "work")] and active eq true`, andExpr{valuePath{attrPath{name: "emails"}, eq("type", "work")}, eq("active", true)}},
	} {
		got, err := strict.parseFilter(tt.src)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %#v, %v, want %#v", tt.src, got, err, tt.want)
		}
	}
}

func TestParseLenientFilter(t *testing.T) {
	for src, want := range map[string]expr{
		`userName eq bjensen`:                     eq("userName", "bjensen"),
		`(userName eq b.j@x.example) and a pr`:    andExpr{eq("userName", "b.j@x.example"), comparison{attrPath{name: "a"}, "pr", nil}},
		`emails[type eq work].value eq x@example`: valuePath{attrPath{name: "emails"}, andExpr{eq("type", "work"), eq("value", "x@example")}},
		`emails[type eq "work"].value eq "x"`:     valuePath{attrPath{name: "emails"}, andExpr{eq("type", "work"), eq("value", "x")}},
		`active eq true`:                          eq("active", true),
		`x eq 7`:                                  eq("x", json.Number("7")),
	} {
		got, err := lenient.parseFilter(src)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v, want %#v", src, got, err, want)
		}
	}
	for _, src := range []string{`userName eq`, `userName eq b jensen`, `userName eq b"`, strings.Repeat("(", 100_000)} {
		_, err := lenient.parseFilter(src)
		checkRefusal(t, err, scimerrors.ScimTypeInvalidFilter, "filter: ")
	}
}

func TestParseFilterRefuses(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"empty", ``, "expected an attribute name at byte 0"},
		{"no operator", `userName`, "unknown operator"},
		{"unknown operator", `userName like "x"`, `userName: unknown operator "like"`},
		{"no value", `userName eq`, "expected a quoted string"},
		{"unquoted value", `userName eq bjensen`, "expected a quoted string"},
		{"unclosed string", `userName eq "x`, "not valid"},
		{"backslash at the end", `userName eq "x\`, "not valid"},
		{"unclosed parenthesis", `(a pr`, `expected ")"`},
		{"unclosed bracket", `a[b pr`, `expected "]"`},
		{"wrong closing", `a[b pr)`, `expected "]"`},
		{"leftover", `a pr b pr`, "unexpected"},
		{"leftover parenthesis", `a pr)`, "unexpected"},
		{"brackets in brackets", `a[b[c pr]]`, "brackets are not allowed"},
		{"brackets behind a sub-attribute", `a.b[c pr]`, "brackets are not allowed"},
		{"wrong name", `1a pr`, "expected an attribute name"},
		{"two dots", `a.b.c pr`, "expected an attribute name"},
		{"no urn", `foo:bar pr`, "expected an attribute name"},
		{"nothing behind the brackets' dot", `a[b pr]. eq 1`, "expected a sub-attribute name"},
		{"a path behind brackets", `emails[type eq "work"].value eq "x"`, "does not go on behind"},
		{"NUL", `a eq "\u0000"`, "U+0000"},
		{"not UTF-8", "a eq \"\xff\"", "not UTF-8"},
		{"too long", `a eq "` + strings.Repeat("x", maxFilter) + `"`, "longer than 2048"},
		{"too nested", strings.Repeat("(", maxNesting+1) + "a pr" + strings.Repeat(")", maxNesting+1), "nested deeper than 16"},
		{"only parentheses", strings.Repeat("(", maxFilter), "nested deeper than 16"},
		{"only not", strings.Repeat("not (", maxFilter/5), "nested deeper than 16"},
		{"too many terms", strings.Repeat("a pr or ", maxTerms) + "a pr", "more than 32 comparisons"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := strict.parseFilter(tt.src)
			checkRefusal(t, err, scimerrors.ScimTypeInvalidFilter, tt.want)
		})
	}
	if _, err := strict.parseFilter(strings.Repeat("(", maxNesting) + "a pr" + strings.Repeat(")", maxNesting)); err != nil {
		t.Errorf("nesting at the limit: %v", err)
	}
	if _, err := strict.parseFilter(strings.Repeat("a pr or ", maxTerms-1) + "a pr"); err != nil {
		t.Errorf("terms at the limit: %v", err)
	}
}

// TestParseFilterAgainstOracle draws filters inside the grammar that scim2/filter-parser knows and compares the trees.
func TestParseFilterAgainstOracle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		src := drawFilter(rt, 3)
		want, err := oracle.ParseFilterNumber([]byte(src))
		if err != nil {
			rt.Fatalf("the oracle refuses %s: %v", src, err)
		}
		got, err := strict.parseFilter(src)
		if err != nil || !reflect.DeepEqual(merged(got), translate(want)) {
			rt.Errorf("%s: got %#v, %v, want %#v", src, got, err, translate(want))
		}
	})
}

func drawFilter(t *rapid.T, depth int) string {
	kinds := []string{"term", "pr", "path"}
	if depth > 0 {
		kinds = append(kinds, "and", "or", "not", "group")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "pr":
		return drawName(t) + " pr"
	case "path":
		return "emails[" + drawTerm(t) + " and " + drawTerm(t) + "]"
	case "and":
		return drawFilter(t, 0) + " and " + drawFilter(t, depth-1)
	case "or":
		return drawFilter(t, depth-1) + " or " + drawFilter(t, depth-1)
	case "not":
		return "not (" + drawFilter(t, depth-1) + ")"
	case "group":
		return "(" + drawFilter(t, depth-1) + ")"
	}
	return drawTerm(t)
}

func drawName(t *rapid.T) string {
	return rapid.SampledFrom([]string{"userName", "name.familyName", "x_y-z", "meta.lastModified",
		"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName"}).Draw(t, "name")
}

func drawTerm(t *rapid.T) string {
	op := rapid.SampledFrom([]string{"eq", "NE", "co", "sw", "ew", "gt", "ge", "lt", "le"}).Draw(t, "op")
	value := rapid.SampledFrom([]string{`"a"`, `"a b (c] and"`, "true", "false", "null", "12", "-0.5"}).Draw(t, "value")
	return rapid.SampledFrom([]string{"type", "value"}).Draw(t, "sub") + " " + op + " " + value
}

// translate turns the oracle's tree of pairs into ours of lists.
func translate(e oracle.Expression) expr {
	switch e := e.(type) {
	case *oracle.LogicalExpression:
		if e.Operator == oracle.AND {
			return andExpr(flatten[andExpr](translate(e.Left), translate(e.Right)))
		}
		return orExpr(flatten[orExpr](translate(e.Left), translate(e.Right)))
	case *oracle.NotExpression:
		return notExpr{translate(e.Expression)}
	case *oracle.ValuePath:
		return valuePath{attrPath{urn: e.AttributePath.URI(), name: e.AttributePath.AttributeName}, translate(e.ValueFilter)}
	case *oracle.AttributeExpression:
		p := e.AttributePath
		return comparison{attrPath{p.URI(), p.AttributeName, p.SubAttributeName()}, strings.ToLower(string(e.Operator)), e.CompareValue}
	}
	panic(fmt.Sprintf("%T", e))
}

// merged makes (a and b) and c one list, as translate does: the oracle's tree does not tell them apart.
func merged(e expr) expr {
	switch e := e.(type) {
	case andExpr:
		return andExpr(flatten[andExpr](all(e)...))
	case orExpr:
		return orExpr(flatten[orExpr](all(e)...))
	case notExpr:
		return notExpr{merged(e.expr)}
	}
	return e
}

func all(list []expr) []expr {
	var out []expr
	for _, e := range list {
		out = append(out, merged(e))
	}
	return out
}

func flatten[T ~[]expr](sides ...expr) []expr {
	var out []expr
	for _, side := range sides {
		if list, ok := side.(T); ok {
			out = append(out, list...)
		} else {
			out = append(out, side)
		}
	}
	return out
}

// FuzzFilter looks for a panic, a slow input, or an accepted filter that says more than the limits allow.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{`a eq "x" and (b pr or not (c.d lt 3))`, `emails[type eq "work"].value eq "x"`, `urn:a:b:c.d sw ""`, `((((`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := lenient.parseFilter(src)
		if err == nil && (len(src) > maxFilter || countTerms(e) > maxTerms) {
			t.Errorf("accepted beyond the limits: %q", src)
		}
	})
}

func countTerms(e expr) int {
	n := 0
	switch e := e.(type) {
	case andExpr:
		for _, t := range e {
			n += countTerms(t)
		}
	case orExpr:
		for _, t := range e {
			n += countTerms(t)
		}
	case notExpr:
		return countTerms(e.expr)
	case valuePath:
		return countTerms(e.filter)
	case comparison:
		return 1
	}
	return n
}

// FuzzPath looks for a panic in the target of a PATCH operation.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{`name.familyName`, `emails[type eq "work"].value`, `urn:ietf:params:scim:schemas:core:2.0:User:name`, `members[`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		p, err := parsePatchPath(src)
		if err == nil && !isName(p.name) {
			t.Errorf("accepted %q as %v", src, p)
		}
	})
}

func BenchmarkParseFilter(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := lenient.parseFilter(`userName eq "anna.collaudari@meccanica.example"`); err != nil {
			b.Fatal(err)
		}
	}
}
