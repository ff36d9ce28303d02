package varco_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	maxFunction = 60  // lines
	maxFile     = 500 // lines
)

// source is one parsed file; path is from the root of the repository.
type source struct {
	path string
	set  *token.FileSet
	file *ast.File
}

func parse(path string, text []byte) (source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{path, set, file}, err
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) line(p token.Pos) int { return s.set.Position(p).Line }

func (s source) at(n ast.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", s.path, s.line(n.Pos()), fmt.Sprintf(format, args...))
}

// uses finds where the file names one of the things of a package, called or not,
// whatever the import is called.
func (s source) uses(path string, names ...string) []string {
	local := ""
	for _, spec := range s.file.Imports {
		if spec.Path.Value != strconv.Quote(path) {
			continue
		}
		local = path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			local = spec.Name.Name
		}
	}
	var found []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok || local == "" {
			return true
		}
		for _, name := range names {
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == local && selector.Sel.Name == name {
				found = append(found, s.at(n, "%s.%s is forbidden here", path, name))
			}
		}
		return true
	})
	return found
}

// ownClock: rooms are given the clock; only programs read the machine's. Tests may
// too, for the deadlines of connections and the like.
func ownClock(s source) []string {
	if s.isTest() || strings.HasPrefix(s.path, "cmd/") || strings.HasPrefix(s.path, "scripts/") {
		return nil
	}
	return s.uses("time", "Now", "Since", "Until")
}

// plainErrors: a refusal has the shape of its protocol; http.Error has none.
func plainErrors(s source) []string { return s.uses("net/http", "Error") }

var selectAll = regexp.MustCompile(`(?is)\b(select|returning)\s+(distinct\s+)?(\w+\.)?\*|,\s*(\w+\.)?\*\s*(,|from\b)`)

// everyColumn: SQL names its columns one by one, so that a migration that adds one
// changes no query.
func everyColumn(s source) []string {
	var found []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if ok && literal.Kind == token.STRING && strings.HasPrefix(s.path, "store/") && selectAll.MatchString(literal.Value) {
			found = append(found, s.at(n, "SQL asks for every column"))
		}
		return true
	})
	return found
}

// longFunctions: tables do not count, nor does run, which lists what the program does.
func longFunctions(s source) []string {
	var found []string
	for _, declaration := range s.file.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok || f.Name.Name == "run" {
			continue
		}
		if lines := s.length(f) - s.tables(f); lines > maxFunction {
			found = append(found, s.at(f, "%s has %d lines, expected %d or fewer", f.Name.Name, lines, maxFunction))
		}
	}
	return found
}

func (s source) length(n ast.Node) int { return s.line(n.End()) - s.line(n.Pos()) + 1 }

// tables counts the lines inside composite literals that hold no function.
func (s source) tables(f *ast.FuncDecl) int {
	lines := 0
	ast.Inspect(f, func(n ast.Node) bool {
		table, ok := n.(*ast.CompositeLit)
		if !ok || hasFunction(table) {
			return true
		}
		lines += s.length(table) - 1
		return false
	})
	return lines
}

func hasFunction(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		_, is := n.(*ast.FuncLit)
		found = found || is
		return !found
	})
	return found
}

func longFiles(s source) []string {
	if lines := s.set.File(s.file.FileStart).LineCount(); lines > maxFile {
		return []string{fmt.Sprintf("%s: has %d lines, expected %d or fewer", s.path, lines, maxFile)}
	}
	return nil
}

var sourceRules = map[string]func(source) []string{
	"own clock": ownClock, "plain errors": plainErrors, "every column": everyColumn,
	"long functions": longFunctions, "long files": longFiles,
}

// sources are all files of the repository with the extension.
func sources(t *testing.T, extension string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(name) != extension:
			return nil
		}
		files[path], err = os.ReadFile(path)
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%d %s files, %v", len(files), extension, err)
	}
	return files
}

func TestSourceRules(t *testing.T) {
	for path, text := range sources(t, ".go") {
		s, err := parse(path, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range sourceRules {
			for _, breach := range rule(s) {
				t.Error(breach)
			}
		}
	}
	for path, text := range sources(t, ".sql") {
		if selectAll.Match(text) {
			t.Errorf("%s: SQL asks for every column", path)
		}
	}
}

// Every package says what the room is for, what it may import, where to start reading.
func TestPackagesAreIntroduced(t *testing.T) {
	introduced := map[string]bool{}
	for path, text := range sources(t, ".go") {
		s, err := parse(path, text)
		if err != nil {
			t.Fatal(err)
		}
		if !s.isTest() {
			introduced[filepath.Dir(path)] = introduced[filepath.Dir(path)] || introduces(s)
		}
	}
	for folder, ok := range introduced {
		if !ok {
			t.Errorf("%s: no package comment", folder)
		}
	}
}

func introduces(s source) bool {
	words := strings.Fields(s.file.Doc.Text())
	if s.file.Name.Name == "main" {
		return len(words) > 1 && words[0] == "Command"
	}
	return len(words) > 2 && words[0] == "Package" && words[1] == s.file.Name.Name
}

func TestRulesFindBreaches(t *testing.T) {
	lines := func(n int) string { return strings.Repeat("\tx()\n", n) }
	for _, c := range []struct {
		rule, path, text string
		breaches         int
	}{
		{"own clock", "saml/x.go", "import \"time\"\nvar t = time.Now()", 1},
		{"own clock", "saml/x.go", "import \"time\"\nvar now = time.Now", 1},
		{"own clock", "store/x.go", "import clock \"time\"\nfunc f() { clock.Since(clock.Now()) }", 2},
		{"own clock", "web/x.go", "import \"time\"\nvar d = time.Second", 0},
		{"own clock", "web/x.go", "import \"varco/time\"\nvar t = time.Now()", 0},
		{"own clock", "cmd/varco/x.go", "import \"time\"\nvar t = time.Now()", 0},
		{"own clock", "saml/x_test.go", "import \"time\"\nvar t = time.Now()", 0},
		{"own clock", "saml/samltest/x.go", "import \"time\"\nvar t = time.Now()", 1},
		{"plain errors", "scim/x.go", "import \"net/http\"\nfunc f() { http.Error(nil, \"\", 1) }", 1},
		{"plain errors", "scim/x_test.go", "import h \"net/http\"\nfunc f() { h.Error(nil, \"\", 1) }", 1},
		{"plain errors", "scim/x.go", "import \"net/http\"\nfunc f() { http.Redirect(nil, nil, \"\", 1) }", 0},
		{"every column", "store/x.go", "const q = `SELECT * FROM person`", 1},
		{"every column", "store/x.go", "const q = `select\n\t p.*, c.id from x`", 1},
		{"every column", "store/x.go", "const q = `SELECT c.id, p.* FROM x`", 1},
		{"every column", "store/x.go", "const q = `DELETE FROM x RETURNING *`", 1},
		{"every column", "store/x.go", "const q = `SELECT count(*), a * b, 2 FROM x`", 0},
		{"every column", "saml/x.go", "const q = `SELECT * FROM person`", 0},
		{"long functions", "web/x.go", "func f() {\n" + lines(59) + "}", 1},
		{"long functions", "web/x.go", "func f() {\n" + lines(58) + "}", 0},
		{"long functions", "web/x.go", "func run() {\n" + lines(99) + "}", 0},
		{"long functions", "web/x.go", "func f() {\n\tt := []int{\n" + strings.Repeat("\t1,\n", 99) + "\t}\n}", 0},
		{"long functions", "web/x.go", "func f() {\n\tt := []any{func() {\n" + lines(99) + "\t}}\n}", 1},
		{"long files", "web/x.go", strings.Repeat("\n", 501), 1},
		{"long files", "web/x.go", strings.Repeat("\n", 500), 0},
	} {
		s, err := parse(c.path, []byte("package x; "+c.text))
		if err != nil {
			t.Fatal(err)
		}
		if found := sourceRules[c.rule](s); len(found) != c.breaches {
			t.Errorf("%s: found %q in %.200q, expected %d", c.rule, found, c.text, c.breaches)
		}
	}
}

func TestIntroductionsAreRecognised(t *testing.T) {
	for text, want := range map[string]bool{
		"// Package x is a room.\npackage x":   true,
		"package x":                            false,
		"// A remark.\npackage x":              false,
		"// Package y is a room.\npackage x":   false,
		"// Package x is a room.\n\npackage x": false,
		"// Command x runs.\npackage main":     true,
	} {
		s, err := parse("x/x.go", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if introduces(s) != want {
			t.Errorf("%q is taken for an introduction: %v", text, !want)
		}
	}
}
