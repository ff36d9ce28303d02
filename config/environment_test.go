package config_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"varco/config"
)

func TestVariablesOverrideTheFile(t *testing.T) {
	dir := newFolder(t)
	c, faults := load(t, dir, whole,
		"VARCO_LISTEN=[::1]:9000",
		"VARCO_SPID_ORGANIZATION_NAME=Altra Regione",
		"VARCO_SPID_IDPS="+filepath.Join(dir, "idps/two.xml")+", "+filepath.Join(dir, "idps/one.xml"),
		"VARCO_LIMITS_BODY_BYTES=1000000",
		"VARCO_SWEEP_INTERVAL=0s",
		"VARCO_DATABASE_UNVERIFIED=true",
		"VARCO_VULNDB=file:///tmp/db", "VARCO_TEST_POSTGRES=postgres://x", "PATH=/bin", "XVARCO_LISTEN=x",
	)
	if faults != "" {
		t.Fatal(faults)
	}
	if c.Listen != "[::1]:9000" || c.SPID.Organization.Name != "Altra Regione" || c.Limits.BodyBytes != 1000000 ||
		c.SweepInterval != 0 || !c.DatabaseUnverified || !strings.HasSuffix(string(c.SPID.IdPs[1]), "one.xml") || len(c.SPID.IdPs) != 2 {
		t.Errorf("a variable was not taken: %+v", c)
	}
}

func TestVariablesAloneAreEnough(t *testing.T) {
	dir := newFolder(t)
	c, err := config.Load("", []string{
		"VARCO_BASE_URL=https://varco.example",
		"VARCO_SECRET_KEY_FILE=" + filepath.Join(dir, "secret"),
		"VARCO_SPID_CERTIFICATE_FILE=" + filepath.Join(dir, "spid.crt"),
		"VARCO_SPID_KEY_FILE=" + filepath.Join(dir, "spid.key"),
		"VARCO_SPID_ORGANIZATION_NAME=Regione", "VARCO_SPID_ORGANIZATION_DISPLAY_NAME=Regione",
		"VARCO_SPID_ORGANIZATION_URL=https://regione.example",
		"VARCO_SPID_CONTACT_IPA_CODE=r_prova", "VARCO_SPID_CONTACT_EMAIL=spid@regione.example",
		"VARCO_SPID_IDPS=" + filepath.Join(dir, "idps/one.xml"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Database != "sqlite:varco.db" {
		t.Errorf("database %s, expected the default", c.Database)
	}
}

func TestFaultsNameTheVariable(t *testing.T) {
	dir := newFolder(t)
	for entry, want := range map[string]string{
		"VARCO_COLOUR=red":                "VARCO_COLOUR: unknown variable",
		"VARCO_APPLICATIONS=x":            "VARCO_APPLICATIONS: unknown variable",
		"VARCO_listen=:80":                "VARCO_listen: unknown variable",
		"VARCO_LISTEN=":                   "VARCO_LISTEN: listen: is not host:port",
		"VARCO_LIMITS_BODY_BYTES=1e6":     "VARCO_LIMITS_BODY_BYTES: limits.body_bytes: is not a whole number",
		"VARCO_DATABASE_UNVERIFIED=maybe": "VARCO_DATABASE_UNVERIFIED: database_unverified: is not true or false",
		"VARCO_SWEEP_INTERVAL=1":          "VARCO_SWEEP_INTERVAL: sweep_interval: is not a duration such as 1s or 2m30s",
		"VARCO_SPID_IDPS=":                "VARCO_SPID_IDPS: spid.idps: is empty, expected the metadata of one identity provider or more",
		"VARCO_SPID_IDPS=/no/such.xml":    "VARCO_SPID_IDPS: spid.idps[0]: /no/such.xml: file not found",
	} {
		if _, got := load(t, dir, whole, entry); got != want {
			t.Errorf("%s\n got: %s\nwant: %s", entry, got, want)
		}
	}
}

func TestEveryKeyHasItsVariable(t *testing.T) {
	list := config.Variables()
	for _, want := range []config.Variable{
		{Name: "VARCO_BASE_URL", Key: "base_url"},
		{Name: "VARCO_SECRET_KEY", Key: "secret_key"},
		{Name: "VARCO_SPID_CONTACT_IPA_CODE", Key: "spid.contact.ipa_code"},
		{Name: "VARCO_SPID_IDPS", Key: "spid.idps"},
		{Name: "VARCO_TLS_KEY_FILE", Key: "tls.key_file"},
	} {
		if !slices.Contains(list, want) {
			t.Errorf("%v is not listed", want)
		}
	}
	names := map[string]bool{}
	for _, v := range list {
		if names[v.Name] {
			t.Errorf("%s stands for two keys", v.Name)
		}
		names[v.Name] = true
	}
}
