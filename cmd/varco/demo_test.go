package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"varco/store/storetest"
)

// The ready file and the pages it names are a contract with scripts outside the
// project (issue 2): names, order and forms stay as they are.
func TestDemoContract(t *testing.T) {
	s := &story{t: t, line: "demo", database: storetest.SQLite(t), dir: t.TempDir(), known: map[string]string{}}
	s.start(nil)
	defer s.stop()
	content, err := os.ReadFile(filepath.Join(s.dir, "ready"))
	if err != nil {
		t.Fatal(err)
	}
	var ready map[string]json.RawMessage
	if err := json.Unmarshal(content, &ready); err != nil {
		t.Fatal(err)
	}
	for name, value := range ready {
		if strings.HasSuffix(name, "_url") && strings.HasSuffix(string(value), `/"`) {
			t.Errorf("%s ends in a slash: %s", name, value)
		}
	}
	names := []string{"base_url", "scim_url", "scim_token", "scim_token_other_company", "company", "app_url", "clock_url", "people"}
	for _, name := range names {
		if _, ok := ready[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
	if len(ready) != len(names) {
		t.Errorf("%d names, want %d", len(ready), len(names))
	}
	var access []bool
	for _, p := range s.ready.People {
		access = append(access, p.FirstAccess)
	}
	if n := slices.Index(access, false); n < 5 || len(access) != n+2 || access[n+1] {
		t.Errorf("first accesses %v, want five or more true, then two false", access)
	}
	checkScopes(t, s)
	checkPages(t, s)
}

// checkScopes: a demo token does everything but grant the administrator's profile.
func checkScopes(t *testing.T, s *story) {
	t.Helper()
	s.files = map[string]string{
		"admin": `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a", "entitlements": [{"value": "amministratore@group"}]}`,
		"unit":  `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Nuova sede"}`,
	}
	s.scim(s.ready.SCIMToken, []string{"POST", "/Users", "admin"})
	if s.status != http.StatusForbidden || !strings.Contains(string(s.answer), "ADMIN_GRANT_SCOPE") {
		t.Errorf("granting the administrator's profile: %d %s", s.status, s.answer)
	}
	s.scim(s.ready.SCIMToken, []string{"POST", "/Groups", "unit"})
	if s.status != http.StatusCreated {
		t.Errorf("opening a unit: %d %s", s.status, s.answer)
	}
}

// checkPages: links and fields have the names that scripts look for.
func checkPages(t *testing.T, s *story) {
	t.Helper()
	b := newBrowser(t)
	b.open(s.ready.AppURL + "/")
	link := providerLink.FindString(b.page)
	if link == "" {
		t.Fatalf("no link to /spid/login?idp=: %s", b.page)
	}
	b.open(attribute(link, "href"))
	if !b.has("fiscal_code") || !b.has("level") {
		t.Errorf("the provider asks no fiscal_code and level: %s", b.page)
	}
	resp, err := http.Get(s.ready.AppURL + "/whoami")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("whoami without a session: %d %v", resp.StatusCode, err)
	}
}
