package config_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"varco/config"
)

// whole is a configuration without fault, in the folder of newFolder.
const whole = `{
  "base_url": "https://varco.example",
  "database": "postgres://varco:db-password@db.example/varco?sslmode=verify-full",
  "secret_key_file": "secret",
  "sweep_interval": "2s",
  "spid": {
    "certificate_file": "spid.crt",
    "key_file": "spid.key",
    "organization": {"name": "Regione Prova", "display_name": "Regione Prova", "url": "https://regione.example/it"},
    "contact": {"ipa_code": "r_prova", "email": "spid@regione.example", "telephone": "+390510000000"},
    "idps": ["idps/one.xml", "idps/two.xml"]
  },
  "applications": [{"metadata": "sare.xml", "name": "SARE", "profiles": ["co-sare-gestione"]}]
}`

// keys are made once: RSA keys take their time.
var keys = sync.OnceValue(func() map[string]crypto.Signer {
	strong, err1 := rsa.GenerateKey(rand.Reader, 2048)
	other, err2 := rsa.GenerateKey(rand.Reader, 2048)
	curve, err3 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err1 != nil || err2 != nil || err3 != nil {
		panic("no keys")
	}
	return map[string]crypto.Signer{"spid": strong, "other": other, "curve": curve}
})

func newFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, content []byte) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("secret", []byte(base64.StdEncoding.EncodeToString(make([]byte, 32))+"\n"))
	write("short", []byte("c2VjcmV0LXZhbHVl"))
	write("rough", []byte("secret-value!"))
	for _, name := range []string{"sare.xml", "idps/one.xml", "idps/two.xml"} {
		write(name, []byte("<EntityDescriptor/>"))
	}
	for name, key := range keys() {
		template := &x509.Certificate{SerialNumber: big.NewInt(1)}
		certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		private, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		write(name+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
		write(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	}
	return dir
}

// load writes content as varco.json into dir and loads it. In the error's text the
// folder is left out.
func load(t *testing.T, dir, content string, environ ...string) (config.Config, string) {
	t.Helper()
	path := filepath.Join(dir, "varco.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, environ)
	if err == nil {
		return c, ""
	}
	return c, strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
}

func TestLoadReadsTheWholeFile(t *testing.T) {
	dir := newFolder(t)
	c, faults := load(t, dir, whole)
	if faults != "" {
		t.Fatal(faults)
	}
	for key, pair := range map[string][2]any{
		"listen, by default":          {c.Listen, "127.0.0.1:8080"},
		"entity_id, by default":       {c.SPID.EntityID, "https://varco.example"},
		"database":                    {c.Database.Reveal(), "postgres://varco:db-password@db.example/varco?sslmode=verify-full"},
		"a duration":                  {c.SweepInterval.String(), "2s"},
		"a path, from the folder":     {string(c.SPID.IdPs[1]), filepath.Join(dir, "idps/two.xml")},
		"a path inside applications":  {string(c.Applications[0].Metadata), filepath.Join(dir, "sare.xml")},
		"a profile":                   {c.Applications[0].Profiles[0], "co-sare-gestione"},
		"a limit, by default, in all": {c.Limits, config.Default().Limits},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, expected %v", key, pair[0], pair[1])
		}
	}
	if secret, err := c.Secret(); err != nil || len(secret) != 32 {
		t.Errorf("secret of %d bytes, %v", len(secret), err)
	}
}

func TestSQLitePathIsTakenFromTheFolder(t *testing.T) {
	dir := newFolder(t)
	c, _ := load(t, dir, `{"database": "sqlite:data/varco.db"}`)
	if want := "sqlite:" + filepath.Join(dir, "data/varco.db"); c.Database.Reveal() != want {
		t.Errorf("database %s, expected %s", c.Database, want)
	}
}

// Each case changes one thing in the whole file; the fault must be the only one.
func TestFaultsNameFileAndKey(t *testing.T) {
	dir := newFolder(t)
	for _, c := range []struct{ old, new, want string }{
		{`"base_url"`, `"baseurl": 1, "base_url"`, `baseurl: unknown key`},
		{`"base_url"`, `"Listen": ":80", "base_url"`, `Listen: unknown key`},
		{`"ipa_code"`, `"ipa": {"a": [1, {"a": 2, "a": 3}]}, "ipa_code"`, `spid.contact.ipa: unknown key`},
		{`"name": "SARE"`, `"name": "SARE", "colour": "red"`, `applications[0].colour: unknown key`},
		{`"name": "SARE"`, `"name": "SARE", "name": "Other"`, `applications[0].name: key is written twice`},
		{`"sweep_interval": "2s"`, `"sweep_interval": 2`, `sweep_interval: is a number, expected a string`},
		{`"sweep_interval": "2s"`, `"sweep_interval": "two"`, `sweep_interval: is not a duration such as 1s or 2m30s`},
		{`"sweep_interval": "2s"`, `"sweep_interval": "2m"`, `sweep_interval: is 2m0s, expected 1s to 1m0s`},
		{`"sweep_interval": "2s"`, `"sweep_interval": null`, `sweep_interval: is null, expected a string`},
		{`"sweep_interval": "2s"`, `"log": "debug"`, `log: is a string, expected an object`},
		{`"sweep_interval": "2s"`, `"log": ["debug"]`, `log: is a list, expected an object`},
		{`"sweep_interval": "2s"`, `"log": {"level": "loud"}`, `log.level: is "loud", expected one of debug, info, warn, error`},
		{`"sweep_interval": "2s"`, `"log": {"format": "xml"}`, `log.format: is "xml", expected one of json, text`},
		{`"sweep_interval": "2s"`, `"limits": {"body_bytes": 1.5}`, `limits.body_bytes: is not a whole number`},
		{`"sweep_interval": "2s"`, `"limits": {"body_bytes": 1000}`, `limits.body_bytes: is 1000, expected 524288 to 16777216`},
		{`"sweep_interval": "2s"`, `"limits": {"header_bytes": 1000}`, `limits.header_bytes: is 1000, expected 32768 to 1048576`},
		{`"sweep_interval": "2s"`, `"limits": {"read_header": "0s"}`, `limits.read_header: is 0s, expected 1s to 5m0s`},
		{`"sweep_interval": "2s"`, `"limits": {"read": "6m"}`, `limits.read: is 6m0s, expected 1s to 5m0s`},
		{`"sweep_interval": "2s"`, `"limits": {"write": "0s"}`, `limits.write: is 0s, expected 1s to 5m0s`},
		{`"sweep_interval": "2s"`, `"limits": {"idle": "1ms"}`, `limits.idle: is 1ms, expected 1s to 5m0s`},
		{`"sweep_interval": "2s"`, `"database_unverified": "yes"`, `database_unverified: is a string, expected a boolean`},
		{`"sweep_interval": "2s"`, `"listen": "8080"`, `listen: is not host:port`},
		{`"sweep_interval": "2s"`, `"listen": ":http"`, `listen: port is not a number from 0 to 65535`},
		{`"sweep_interval": "2s"`, `"service_name": " "`, `service_name: is missing`},
		{`"sweep_interval": "2s"`, `"tls": {"key_file": "spid.key"}`, `tls.certificate_file: is missing`},
		{`"sweep_interval": "2s"`, `"tls": {"key_file": "spid.key", "client_certificates": true}`, `tls.certificate_file: is missing`},
		{`"sweep_interval": "2s"`, `"tls": {"client_certificates": 1}`, `tls.client_certificates: is a number, expected a boolean`},
		{`"sweep_interval": "2s"`, `"proxies": {"addresses": ["10.0.0.0/24", "10.0.1.1"]}`, `proxies.addresses[1]: is not a network such as 10.0.0.0/24`},
		{`"sweep_interval": "2s"`, `"proxies": {"certificate_header": "X"}`, `proxies.certificate_header: is believed of nobody: proxies.addresses is empty`},
		{`"sweep_interval": "2s"`, `"scim": {"per_second": 0}`, `scim.per_second: is 0, expected 1 to 1000000 requests`},
		{`"sweep_interval": "2s"`, `"scim": {"burst": 1000001}`, `scim.burst: is 1000001, expected 1 to 1000000 requests`},
		{`"sweep_interval": "2s"`, `"secret_key": "AAAA"`, `secret_key: is set together with secret_key_file, expected one of them`},
		{`"https://varco.example"`, `""`, `base_url: is missing`},
		{`"https://varco.example"`, `"https://varco.example/"`, `base_url: has a path, expected scheme and host only, without a slash at the end`},
		{`"https://varco.example"`, `"http://varco.example"`, `base_url: scheme is http, expected https (http on loopback only)`},
		{`"https://varco.example"`, `"https://user@varco.example"`, `base_url: is not an address such as https://varco.example`},
		{`"https://varco.example"`, `"https://varco.example?a=b"`, `base_url: is not an address such as https://varco.example`},
		{`"https://varco.example"`, `"https://varco.example#a"`, `base_url: is not an address such as https://varco.example`},
		{`"certificate_file"`, `"entity_id": "urn:varco", "certificate_file"`, `spid.entity_id: is not an address such as https://varco.example`},
		{`"name": "Regione Prova"`, `"name": ""`, `spid.organization.name: is missing`},
		{`"display_name": "Regione Prova"`, `"display_name": ""`, `spid.organization.display_name: is missing`},
		{`"https://regione.example/it"`, `"regione.example"`, `spid.organization.url: is not an address such as https://varco.example`},
		{`verify-full`, `require`, `database: sslmode is "require", expected verify-full towards another host (or database_unverified: true)`},
		{`postgres://varco`, `mysql://varco`, `database: is neither sqlite:PATH nor postgres://USER:PASSWORD@HOST/NAME`},
		{`db.example/varco`, `db.example/`, `database: names no database after the host`},
		{`"postgres://varco:db-password@db.example/varco?sslmode=verify-full"`, `"sqlite:"`, `database: path is missing after sqlite:`},
		{`"secret_key_file": "secret"`, `"secret_key_file": "none"`, `secret_key_file: none: file not found`},
		{`"secret_key_file": "secret"`, `"secret_key_file": "short"`, `secret_key_file: is 12 bytes long, expected 32 or more`},
		{`"secret_key_file": "secret"`, `"secret_key_file": "rough"`, `secret_key_file: is not base64`},
		{`"idps/two.xml"`, `"idps/three.xml"`, `spid.idps[1]: idps/three.xml: file not found`},
		{`"idps/two.xml"`, `"idps"`, `spid.idps[1]: idps: is a folder`},
		{`"idps/two.xml"`, `"idps/one.xml"`, `spid.idps[1]: idps/one.xml: is listed twice`},
		{`"idps/two.xml"`, `7`, `spid.idps[1]: is a number, expected a string`},
		{`["idps/one.xml", "idps/two.xml"]`, `[]`, `spid.idps: is empty, expected the metadata of one identity provider or more`},
		{`"spid.key"`, `"other.key"`, `spid.key_file: does not go with spid.certificate_file: tls: private key does not match public key`},
		{`"ipa_code": "r_prova"`, `"ipa_code": ""`, `spid.contact.ipa_code: is missing`},
		{`"ipa_code": "r_prova"`, `"ipa_code": "r prova"`, `spid.contact.ipa_code: is not 1 to 16 characters without blanks`},
		{`"spid@regione.example"`, `"Uno <spid@regione.example>"`, `spid.contact.email: is not an e-mail address`},
		{`"+390510000000"`, `"+39 051 000000"`, `spid.contact.telephone: is not +39 and digits without blanks`},
		{`"sare.xml"`, `"none.xml"`, `applications[0].metadata: none.xml: file not found`},
		{`"metadata": "sare.xml", `, ``, `applications[0].metadata: is missing`},
		{`"name": "SARE"`, `"name": ""`, `applications[0].name: is missing`},
		{`["co-sare-gestione"]`, `[]`, `applications[0].profiles: is empty, expected codes of profiles or "*"`},
		{`["co-sare-gestione"]`, `["*", "co-sare-gestione"]`, `applications[0].profiles: has "*" beside other codes, expected "*" alone`},
	} {
		if !strings.Contains(whole, c.old) {
			t.Fatalf("%q is not in the whole file", c.old)
		}
		_, got := load(t, dir, strings.Replace(whole, c.old, c.new, 1))
		if want := "varco.json: " + c.want; got != want {
			t.Errorf("%s\n got: %s\nwant: %s", c.new, got, want)
		}
	}
}

func TestSPIDKeyMustBeRSA(t *testing.T) {
	content := strings.NewReplacer("spid.crt", "curve.crt", "spid.key", "curve.key").Replace(whole)
	if _, got := load(t, newFolder(t), content); got != "varco.json: spid.key_file: is not an RSA key of 2048 bits or more" {
		t.Errorf("got %s", got)
	}
}

func TestWhatIsNoJSONNamesTheLine(t *testing.T) {
	dir := newFolder(t)
	for content, want := range map[string]string{
		"{\n\"listen\": \"x\",\n}":   "varco.json: line 3: invalid character '}' looking for beginning of object key string",
		whole + "\n{}":               "varco.json: line 15: invalid character '{' after top-level value",
		"":                           "varco.json: line 1: unexpected end of JSON input",
		strings.Repeat(" ", 1<<20+1): "varco.json: is larger than 1 MiB",
	} {
		if _, got := load(t, dir, content); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	if _, err := config.Load(filepath.Join(dir, "none.json"), nil); err == nil || !strings.HasSuffix(err.Error(), "none.json: file not found") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestAllFaultsAreReported(t *testing.T) {
	_, got := load(t, newFolder(t), `{"colour": "red", "base_url": "ftp://x", "spid": 5}`, "VARCO_COLOUR=red", "VARCO_LISTEN=here")
	for _, want := range []string{
		"varco.json: colour: unknown key",
		"varco.json: spid: is a number, expected an object",
		"varco.json: base_url: scheme is ftp, expected https (http on loopback only)",
		"varco.json: secret_key_file: is missing, and so is secret_key",
		"VARCO_COLOUR: unknown variable",
		"VARCO_LISTEN: listen: is not host:port",
	} {
		if !strings.Contains(got+"\n", want+"\n") {
			t.Errorf("not reported: %s", want)
		}
	}
}

func TestPlainHTTPIsForLoopback(t *testing.T) {
	for address, ok := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost": true, "http://[::1]:80": true,
		"http://10.0.0.1": false, "http://localhost.example": false, "http://127.0.0.1.example": false,
	} {
		_, faults := load(t, newFolder(t), strings.Replace(whole, "https://varco.example", address, 1))
		if (faults == "") != ok {
			t.Errorf("%s: %q", address, faults)
		}
	}
}

func TestDatabaseOfAnotherHostIsVerified(t *testing.T) {
	dir := newFolder(t)
	for address, ok := range map[string]bool{
		"postgres://u:p@127.0.0.1/varco":                            true,
		"postgres://u:p@localhost:5433/varco?sslmode=disable":       true,
		"postgres:///varco?host=/run/postgresql":                    true,
		"postgresql://u:p@db.example/varco?sslmode=verify-full":     true,
		"postgres://u:p@db.example/varco":                           false,
		"postgres://u:p@db.example/varco?sslmode=verify-ca":         false,
		"postgres://u:p@localhost/varco?host=db.example":            false,
		"postgres:///varco?host=db.example":                         false,
		"postgres://u:p@127.0.0.1/varco?hostaddr=10.0.0.1":          false,
		"postgres://u:p@db.example/varco?sslmode=disable&unverifed": false,
	} {
		content := strings.Replace(whole, "postgres://varco:db-password@db.example/varco?sslmode=verify-full", address, 1)
		if _, faults := load(t, dir, content); (faults == "") != ok {
			t.Errorf("%s: %q", address, faults)
		}
		if _, faults := load(t, dir, content, "VARCO_DATABASE_UNVERIFIED=true"); faults != "" {
			t.Errorf("%s, unverified: %q", address, faults)
		}
	}
}

func TestExampleIsRead(t *testing.T) {
	content, err := os.ReadFile("example.json")
	if err != nil {
		t.Fatal(err)
	}
	_, faults := load(t, newFolder(t), string(content))
	for line := range strings.Lines(faults) {
		if !strings.Contains(line, "file not found") {
			t.Errorf("%s", line)
		}
	}
	var keys map[string]any
	if err := json.Unmarshal(content, &keys); err != nil {
		t.Fatal(err)
	}
	for _, v := range config.Variables() {
		top, _, _ := strings.Cut(v.Key, ".")
		if _, ok := keys[top]; !ok && top != "secret_key" && top != "database_unverified" {
			t.Errorf("the example lacks %s", top)
		}
	}
}
