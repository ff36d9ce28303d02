package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"varco/store/storetest"
)

// TestCurlPage runs every command of the page on curl, in its order, against the demo.
func TestCurlPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/script-curl.md")
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t: t, line: "curl page", database: storetest.SQLite(t), dir: t.TempDir(), known: map[string]string{}}
	s.start(nil)
	defer s.stop()
	var script strings.Builder
	for _, block := range strings.Split(string(page), "```sh\n")[1:] {
		commands, _, closed := strings.Cut(block, "```")
		if !closed {
			t.Fatal("a block of commands is not closed")
		}
		script.WriteString(commands)
	}
	command := exec.Command("bash", "-c", script.String())
	command.Env = append(os.Environ(), "SCIM="+s.ready.SCIMURL, "TOKEN="+s.ready.SCIMToken)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.scim(s.ready.SCIMToken, []string{"GET", "/Users?filter=externalId_eq_\"MF0815\""})
	if got := s.value("totalResults"); got != "0" {
		t.Errorf("the page deletes its user, yet %s are left", got)
	}
	s.audit([]string{"collaborator.end", "CLIENT:"})
}
