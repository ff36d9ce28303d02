package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"varco/saml"
	"varco/saml/samltest"
	"varco/store/storetest"
)

// office is a folder with everything that varco serve is configured with.
type office struct {
	t      *testing.T
	dir    string
	listen string
	config map[string]any
}

func newOffice(t *testing.T, database string) *office {
	o := &office{t: t, dir: t.TempDir()}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.listen = free.Addr().String()
	free.Close()
	key, err := saml.GenerateKeyPair(saml.Holder{EntityID: "https://varco.example.org", Name: "Agenzia", IPACode: "arl_er"}, 2048, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pem, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	private, certificate, _ := strings.Cut(string(pem), "-----BEGIN CERTIFICATE-----")
	o.file("spid.key", private)
	o.file("spid.crt", "-----BEGIN CERTIFICATE-----"+certificate)
	o.file("secret", base64.StdEncoding.EncodeToString(make([]byte, 32)))
	o.describe()
	o.config = map[string]any{
		"listen": o.listen, "base_url": "http://" + o.listen, "database": database, "secret_key_file": "secret",
		"log": map[string]any{"level": "warn"},
		"spid": map[string]any{
			"entity_id": "https://varco.example.org", "certificate_file": "spid.crt", "key_file": "spid.key",
			"organization": map[string]any{"name": "Agenzia", "display_name": "Agenzia per il lavoro", "url": "https://agenzia.example.org"},
			"contact":      map[string]any{"ipa_code": "arl_er", "email": "spid@agenzia.example.org"},
			"idps":         []string{"idp.xml"},
		},
		"applications": []any{map[string]any{"metadata": "app.xml", "name": "SARE", "profiles": []string{"co-sare-gestione"}}},
	}
	return o
}

// describe writes the metadata of a provider and of an application.
func (o *office) describe() {
	o.t.Helper()
	idp, err := samltest.NewProvider("http://127.0.0.1:1/idp", nil, time.Now)
	if err != nil {
		o.t.Fatal(err)
	}
	app, err := samltest.NewApplication("http://127.0.0.1:1/app", time.Now)
	if err != nil {
		o.t.Fatal(err)
	}
	for name, describe := range map[string]func() ([]byte, error){"idp.xml": idp.Metadata, "app.xml": app.Metadata} {
		content, err := describe()
		if err != nil {
			o.t.Fatal(err)
		}
		o.file(name, string(content))
	}
}

func (o *office) file(name, content string) string {
	o.t.Helper()
	path := filepath.Join(o.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// varco runs a command with the office's configuration and returns what it said.
func (o *office) varco(ctx context.Context, words ...string) (string, int) {
	o.t.Helper()
	content, err := json.Marshal(o.config)
	if err != nil {
		o.t.Fatal(err)
	}
	path := o.file("varco.json", string(content))
	n := 1
	if words[0] == "client" {
		n = 2
	}
	args := append(append(append([]string{}, words[:n]...), "-config", path), words[n:]...)
	var said transcript
	code := run(ctx, args, stdio{&said, &said, nil})
	return said.String(), code
}

// must runs a command that has to succeed.
func (o *office) must(words ...string) string {
	o.t.Helper()
	said, code := o.varco(context.Background(), words...)
	if code != 0 {
		o.t.Fatalf("varco %v: exit %d: %s", words, code, said)
	}
	return said
}

func (o *office) get(path, token string) (int, string) {
	o.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+o.listen+path, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// A row that is refused is told and counted, and is not taken for one already there.
func TestImportTellsWhatItRefuses(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	companies := o.file("companies.json", `[
		{"fiscal_code": "09980040357", "name": "A", "types": ["DATORE_PRIVATO"], "units": [{"code": "U", "name": "u"}, {"code": "U", "name": "u"}]},
		{"fiscal_code": "09980010361", "name": "B", "types": ["DATORE_PRIVATO"], "units": [{"code": "U", "name": "u"}]},
		{"fiscal_code": "91998010390", "name": "C", "types": ["PROMOTORE_TIROCINIO"], "units": [{"code": "U", "name": "u"}],
		 "qualifications": [{"kind": "PROMOTORE", "from": "2026-01-01", "until": "soon"}]}]`)
	said, code := o.varco(context.Background(), "import", companies)
	if code != 1 || !strings.Contains(said, "code: already an open unit") || strings.Contains(said, "UNIQUE") || !strings.Contains(said, "check digit is 1, expected 8") ||
		!strings.Contains(said, "must be a date YYYY-MM-DD") || !strings.Contains(said, "3 of 3 companies refused") {
		t.Errorf("exit %d: %s", code, said)
	}
	for _, broken := range []string{companiesFile + " []", strings.Replace(companiesFile, "name", "nome", 1)} {
		if said, code := o.varco(context.Background(), "import", o.file("broken.json", broken)); code != 1 {
			t.Errorf("exit %d: %s", code, said)
		}
	}
}

const companiesFile = `[{"fiscal_code": "09980010368", "name": "Meccanica Fittizia S.p.A.", "types": ["DATORE_PRIVATO"],
  "units": [{"code": "MO01", "name": "Sede"}]}]`

// TestServe takes an office from nothing to a served SCIM client and stops it.
func TestServe(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, database string) {
		o := newOffice(t, database)
		o.must("check-config")
		o.must("migrate")
		companies := o.file("companies.json", companiesFile)
		if said := o.must("import", companies); said != "09980010368: registered\n" {
			t.Errorf("import: %s", said)
		}
		if said := o.must("import", companies); said != "09980010368: already there\n" {
			t.Errorf("second import: %s", said)
		}
		made := o.must("client", "create", "-company", "09980010368", "-name", "HR", "-attestation", "prot. 1/2027")
		token := regexp.MustCompile(`varco_\S+`).FindString(made)

		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan string, 1)
		go func() {
			said, code := o.varco(ctx, "serve")
			ended <- fmt.Sprint(code, " ", said)
		}()
		defer func() {
			stop()
			if said := <-ended; said != "0 " {
				t.Errorf("serve ended with %s", said)
			}
		}()
		for n := 0; n < 100; n++ {
			if status, _ := o.get("/readyz", ""); status == http.StatusOK {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		for path, want := range map[string]int{
			"/healthz": 200, "/readyz": 200, "/": 200, "/login": 200, "/logout": 200, "/spid/metadata": 200, "/saml/metadata": 200,
			"/scim/v2/Users": 401, "/demo/clock": 404, "/nothing": 404,
		} {
			if status, body := o.get(path, ""); status != want {
				t.Errorf("%s: status %d, want %d: %.200s", path, status, want, body)
			}
		}
		if status, body := o.get("/scim/v2/Users", token); status != http.StatusOK || !strings.Contains(body, `"totalResults":0`) {
			t.Errorf("the new client: %d %s", status, body)
		}
		id := regexp.MustCompile(`client\s+(\S+)`).FindStringSubmatch(made)[1]
		if list := o.must("client", "list", "-company", "09980010368"); !strings.Contains(list, id) || strings.Contains(list, token) {
			t.Errorf("client list: %s", list)
		}
		o.must("client", "revoke", id)
		time.Sleep(500 * time.Millisecond) // another process remembers a reader so long
		if status, _ := o.get("/scim/v2/Users", token); status != http.StatusUnauthorized {
			t.Errorf("a revoked client: status %d", status)
		}
	})
}

// A mistake in the configuration is refused at start, with the key's name.
func TestServeRefusesItsConfiguration(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(o *office)
		want  string
	}{
		"unknown key":  {func(o *office) { o.config["sweeep"] = "1s" }, "sweeep"},
		"no such file": {func(o *office) { o.config["secret_key_file"] = "nowhere" }, "secret_key_file"},
		"no metadata":  {func(o *office) { o.file("idp.xml", "<a/>") }, "spid.idps[0]"},
		"unknown profile": {func(o *office) {
			o.config["applications"].([]any)[0].(map[string]any)["profiles"] = []string{"tesoriere"}
		}, "applications[0]"},
		"foreign key": {func(o *office) { o.file("spid.crt", "no certificate") }, "spid."},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, "sqlite:varco.db")
			c.spoil(o)
			for _, command := range []string{"check-config", "serve"} {
				said, code := o.varco(context.Background(), command)
				if code != 1 || !strings.Contains(said, c.want) {
					t.Errorf("varco %s: exit %d: %s", command, code, said)
				}
			}
		})
	}
}

func TestMetadataCommand(t *testing.T) {
	o := newOffice(t, "sqlite:varco.db")
	for whom, want := range map[string]string{"spid": `<md:OrganizationDisplayName xml:lang="it">Agenzia per il lavoro<`, "applications": "IDPSSODescriptor"} {
		if said := o.must("metadata", "-for", whom); !strings.Contains(said, want) {
			t.Errorf("metadata for %s: %.300s", whom, said)
		}
	}
}

func TestWrongCallsExplainThemselves(t *testing.T) {
	for _, args := range [][]string{{}, {"nothing"}, {"serve", "extra"}, {"demo", "-no-such-flag"}, {"client"}, {"client", "sell"}, {"import"}} {
		var said transcript
		if code := run(context.Background(), args, stdio{&said, &said, nil}); code != 2 || said.String() == "" {
			t.Errorf("varco %v: exit %d: %s", args, code, said.String())
		}
	}
}
