// Package varco_test holds the rules of the house (the architecture part of
// README): which room may import what, and what no source file may do. Each rule
// is a function that is shown to find a breach before it is trusted to find none.
//
// It imports the standard library only, and asks the go command about the rest.
package varco_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// room is what the packages of one folder may import beside the standard library.
// A path that ends in /... stands for all packages below it too.
type room struct {
	imports []string
	beside  []string // by tests in the external test package too
}

var (
	samlLibraries = []string{
		"github.com/crewjam/saml/...",
		"github.com/russellhaering/goxmldsig/...",
		"github.com/beevik/etree",
		"github.com/mattermost/xml-roundtrip-validator",
	}
	everyRoom = []string{
		"varco/registry", "varco/store", "varco/scim", "varco/saml", "varco/web", "varco/notify", "varco/config",
	}
	realStore = []string{"varco/store", "varco/store/storetest"}
	// testLibraries may be imported by any test.
	testLibraries = []string{"pgregory.net/rapid", "github.com/anishathalye/porcupine", "go.uber.org/goleak", "golang.org/x/tools/txtar"}
)

// rooms is the map of the house. A new room needs a reason that fits in one
// sentence; here it also needs a line.
var rooms = map[string]room{
	"varco":          {},
	"varco/registry": {beside: realStore},
	"varco/config":   {},
	"varco/store": {
		imports: []string{"varco/registry", "varco/store/migrations", "github.com/jmoiron/sqlx/...", "github.com/lib/pq/...", "modernc.org/sqlite/..."},
		beside:  realStore,
	},
	"varco/store/migrations": {},
	"varco/store/storetest":  {imports: []string{"varco/registry", "varco/store", "varco/store/migrations"}},
	"varco/scim": {
		// elimity's Server is not used: only its schemas and errors are.
		imports: []string{
			"varco/registry", "github.com/elimity-com/scim/schema", "github.com/elimity-com/scim/errors", "github.com/elimity-com/scim/optional",
			"github.com/scim2/filter-parser/v2", "github.com/go-jose/go-jose/v4/...", "golang.org/x/text/...",
		},
		beside: realStore,
	},
	"varco/saml": {
		imports: append([]string{"varco/registry"}, samlLibraries...),
		beside:  append([]string{"varco/saml/samltest"}, realStore...),
	},
	"varco/saml/samltest":  {imports: append([]string{"varco/saml", "varco/registry"}, samlLibraries...)},
	"varco/web":            {imports: []string{"varco/registry"}, beside: realStore},
	"varco/notify":         {imports: []string{"varco/registry"}, beside: realStore},
	"varco/cmd/varco":      {imports: append([]string{"varco/cmd/varco/demo", "varco/saml/samltest"}, everyRoom...), beside: realStore},
	"varco/cmd/varco/demo": {imports: []string{"varco/registry", "varco/saml/samltest"}, beside: realStore},
	// The ruler beside Varco: a bare handler on the same drivers.
	"varco/scripts/load": {imports: []string{"varco/registry", "github.com/lib/pq", "modernc.org/sqlite"}},
}

// listed is what `go list -json` tells of a package.
type listed struct {
	ImportPath   string
	Name         string
	Imports      []string
	TestImports  []string // of tests in the package
	XTestImports []string // of tests beside it
}

// strayImports are the imports of p that the map does not allow.
func strayImports(p listed) []string {
	r, ok := rooms[p.ImportPath]
	if !ok {
		return []string{fmt.Sprintf("%s: is not on the map of rooms", p.ImportPath)}
	}
	inside := slices.Concat(r.imports, testLibraries)
	beside := slices.Concat(inside, r.beside, []string{p.ImportPath})
	if p.Name == "main" { // nothing can import it, so its tests need not stand beside it
		inside = beside
	}
	return slices.Concat(
		notAllowed(p.ImportPath, p.Imports, r.imports),
		notAllowed(p.ImportPath+" (test)", p.TestImports, inside),
		notAllowed(p.ImportPath+" (external test)", p.XTestImports, beside),
	)
}

func notAllowed(who string, imports, allowed []string) []string {
	var stray []string
	for _, path := range imports {
		if !isStandard(path) && !slices.ContainsFunc(allowed, func(a string) bool { return covers(a, path) }) {
			stray = append(stray, fmt.Sprintf("%s: may not import %s", who, path))
		}
	}
	return stray
}

func covers(pattern, path string) bool {
	base, below := strings.CutSuffix(pattern, "/...")
	return path == base || below && strings.HasPrefix(path, base+"/")
}

// isStandard: the first element of any other path is varco or has a dot.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return first != "varco" && !strings.Contains(first, ".")
}

func TestArrows(t *testing.T) {
	decoder := json.NewDecoder(strings.NewReader(goCommand(t, "list", "-json=ImportPath,Name,Imports,TestImports,XTestImports", "./...")))
	for {
		var p listed
		if err := decoder.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, stray := range strayImports(p) {
			t.Error(stray)
		}
	}
}

func TestArrowsFindStrayImports(t *testing.T) {
	for _, c := range []struct {
		p    listed
		want string
	}{
		{listed{ImportPath: "varco/registry", Imports: []string{"context", "net/http"}}, ""},
		{listed{ImportPath: "varco/web", Imports: []string{"varco/saml"}}, "varco/web: may not import varco/saml"},
		{listed{ImportPath: "varco/registry", Imports: []string{"github.com/jmoiron/sqlx"}}, "varco/registry: may not import github.com/jmoiron/sqlx"},
		{listed{ImportPath: "varco/scim", Imports: []string{"github.com/elimity-com/scim"}}, "varco/scim: may not import github.com/elimity-com/scim"},
		{listed{ImportPath: "varco/saml", Imports: []string{"github.com/crewjam/saml/xmlenc"}}, ""},
		{listed{ImportPath: "varco/saml", Imports: []string{"github.com/crewjam/samlx"}}, "varco/saml: may not import github.com/crewjam/samlx"},
		{listed{ImportPath: "varco/scim", Imports: []string{"varco/store/storetest"}}, "varco/scim: may not import varco/store/storetest"},
		{listed{ImportPath: "varco/scim", XTestImports: []string{"varco/scim", "varco/store/storetest"}}, ""},
		{listed{ImportPath: "varco/scim", XTestImports: []string{"varco/saml"}}, "varco/scim (external test): may not import varco/saml"},
		{listed{ImportPath: "varco/scim", TestImports: []string{"varco/store"}}, "varco/scim (test): may not import varco/store"},
		{listed{ImportPath: "varco/cmd/varco", Name: "main", TestImports: []string{"varco/store/storetest"}}, ""},
		{listed{ImportPath: "varco/cmd/varco", Name: "main", Imports: []string{"varco/store/storetest"}}, "varco/cmd/varco: may not import varco/store/storetest"},
		{listed{ImportPath: "varco/util"}, "varco/util: is not on the map of rooms"},
	} {
		if got := strings.Join(strayImports(c.p), "; "); got != c.want {
			t.Errorf("%+v: found %q, expected %q", c.p, got, c.want)
		}
	}
}

// crewjam/saml alone asks for goxmldsig v1.4.0, which takes a forged signature for
// a good one (GO-2026-4753). Our go.mod must keep asking for more.
func TestSignatureLibraryIsRepaired(t *testing.T) {
	version := strings.TrimSpace(goCommand(t, "list", "-m", "-f", "{{.Version}}", "github.com/russellhaering/goxmldsig"))
	if !repaired(version) {
		t.Errorf("goxmldsig is %s, expected v1.6.1 or later", version)
	}
	for bad, want := range map[string]bool{"v1.4.0": false, "v1.6.0": false, "v0.9.9": false, "": false, "v1.6.1": true, "v1.10.0": true, "v2.0.0": true} {
		if repaired(bad) != want {
			t.Errorf("%q is taken for repaired: %v", bad, !want)
		}
	}
}

func repaired(version string) bool {
	var v [3]int
	n, err := fmt.Sscanf(version, "v%d.%d.%d", &v[0], &v[1], &v[2])
	return err == nil && n == 3 && slices.Compare(v[:], []int{1, 6, 1}) >= 0
}

func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	var problem strings.Builder
	command.Stderr = &problem
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &problem)
	}
	return string(out)
}
