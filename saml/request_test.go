package saml_test

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"varco/saml"
)

var appKeys = sync.OnceValue(func() saml.KeyPair {
	key, err := saml.GenerateKeyPair(saml.Holder{EntityID: "https://app.example.org/metadata", Name: "App"}, 2048, noon)
	if err != nil {
		panic(err)
	}
	return key
})

// client is an application that asks Varco.
func client() saml.ServiceProvider {
	return saml.ServiceProvider{
		EntityID: "https://app.example.org/metadata", ACSURL: "https://app.example.org/acs",
		Dialect: saml.DialectVarco, Key: appKeys(),
		Body: saml.Body{Name: "Ente", URL: "https://app.example.org", Service: "App", Email: "app@example.org"},
	}
}

func issuer() saml.Issuer {
	return saml.Issuer{
		EntityID: "https://varco.example.org/saml/metadata", SSOURL: "https://varco.example.org/saml/sso",
		Key: keys(), PairwiseKey: []byte("0123456789abcdef0123456789abcdef"), Name: "Agenzia di prova", URL: "https://example.org",
	}
}

func registered(t testing.TB) saml.Application {
	t.Helper()
	meta, err := client().Metadata()
	if err != nil {
		t.Fatal(err)
	}
	apps, err := saml.ParseApplications(meta)
	if err != nil {
		t.Fatal(err)
	}
	return apps[0]
}

func only(app saml.Application) saml.Applications {
	return func(id string) (saml.Application, bool) { return app, id == app.EntityID }
}

// varco is the issuer as its metadata describe it to an application.
func varco(t testing.TB) saml.Provider {
	t.Helper()
	meta, err := issuer().Metadata()
	if err != nil {
		t.Fatal(err)
	}
	providers, err := saml.ParseProviders(meta)
	if err != nil {
		t.Fatal(err)
	}
	return providers[0]
}

// asked makes a signed redirect and returns its raw query.
func asked(t testing.TB) (saml.LoginRequest, string) {
	t.Helper()
	req := client().NewLoginRequest(varco(t), saml.Level2, noon)
	to, err := client().RedirectURL(req)
	if err != nil {
		t.Fatal(err)
	}
	_, raw, _ := strings.Cut(to, "?")
	return req, raw
}

func TestRequestByRedirect(t *testing.T) {
	app := registered(t)
	sent, raw := asked(t)
	got, err := issuer().ReadRedirect(raw, only(app), noon)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != sent.ID || got.ConsumerURL != "https://app.example.org/acs" || got.RelayState != sent.RelayState ||
		got.Level != saml.Level2 || !got.ForceAuthn || !got.IssuedAt.Equal(noon.Truncate(time.Second)) {
		t.Errorf("read %+v", got)
	}
}

func TestRequestByForm(t *testing.T) {
	app := registered(t)
	to := varco(t)
	to.RedirectURL = ""
	sent := client().NewLoginRequest(to, saml.Level3, noon)
	if !sent.ByForm() {
		t.Fatal("goes by redirect")
	}
	form, err := client().PostForm(sent)
	if err != nil {
		t.Fatal(err)
	}
	got, err := issuer().ReadPost(form.Fields[0].Value, form.Fields[1].Value, only(app), noon)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != sent.ID || got.Level != saml.Level3 || form.Action != to.PostURL {
		t.Errorf("read %+v", got)
	}
	data, _ := base64.StdEncoding.DecodeString(form.Fields[0].Value)
	unsigned := data[:strings.Index(string(data), "<ds:Signature")]
	unsigned = append(unsigned, data[strings.Index(string(data), "</ds:Signature>")+len("</ds:Signature>"):]...)
	for name, change := range map[string]string{
		"changed":    strings.Replace(string(data), "SpidL3", "SpidL1", 1),
		"not signed": string(unsigned),
		"signed elsewhere": strings.Replace(string(data), "<saml:Issuer",
			`<samlp:Extensions>`+string(data)+`</samlp:Extensions><saml:Issuer`, 1),
	} {
		if _, err := issuer().ReadPost(base64.StdEncoding.EncodeToString([]byte(change)), "", only(app), noon); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestRequestsRefused(t *testing.T) {
	app := registered(t)
	_, raw := asked(t)
	unsigned, _, _ := strings.Cut(raw, "&SigAlg=")
	stranger := app
	stranger.Certificates = keysOf(keys())
	moved := app
	moved.Consumers = []saml.Consumer{{Index: 7, URL: "https://app.example.org/other"}}
	for name, c := range map[string]struct {
		raw  string
		app  saml.Application
		at   time.Time
		want string
	}{
		"unsigned":            {unsigned, app, noon, "signs its requests"},
		"another key":         {raw, stranger, noon, "no trusted certificate"},
		"another RelayState":  {strings.Replace(raw, "RelayState=_", "RelayState=_0", 1), app, noon, "no trusted certificate"},
		"RelayState dropped":  {dropParam(raw, "RelayState"), app, noon, "no trusted certificate"},
		"re-encoded":          {strings.ReplaceAll(raw, "%3A", "%3a"), app, noon, "no trusted certificate"},
		"RSA-SHA1":            {strings.Replace(raw, url.QueryEscape("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"), url.QueryEscape("http://www.w3.org/2000/09/xmldsig#rsa-sha1"), 1), app, noon, "SigAlg"},
		"parameter twice":     {raw + "&RelayState=x", app, noon, "given twice"},
		"foreign parameter":   {raw + "&x=y", app, noon, "unexpected"},
		"another encoding":    {raw + "&SAMLEncoding=urn%3Ax", app, noon, "only DEFLATE"},
		"too old":             {raw, app, noon.Add(6 * time.Minute), "older than"},
		"from the future":     {raw, app, noon.Add(-time.Minute), "in the future"},
		"unknown application": {raw, saml.Application{EntityID: "https://other.example.org"}, noon, "no application of this name"},
		"unknown consumer":    {raw, moved, noon, "is not in the application's metadata"},
	} {
		_, err := issuer().ReadRedirect(c.raw, only(c.app), c.at)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	other := issuer()
	other.SSOURL = "https://other.example.org/saml/sso"
	if _, err := other.ReadRedirect(raw, only(app), noon); err == nil || !strings.Contains(err.Error(), "Destination") {
		t.Errorf("another destination: %v", err)
	}
}

// A message sent by redirect carries no signature inside, however good.
func TestRequestSignedInsideByRedirect(t *testing.T) {
	to := varco(t)
	to.RedirectURL = ""
	form, err := client().PostForm(client().NewLoginRequest(to, saml.Level2, noon))
	if err != nil {
		t.Fatal(err)
	}
	data, _ := base64.StdEncoding.DecodeString(form.Fields[0].Value)
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestSpeed)
	w.Write(data)
	w.Close()
	app := registered(t)
	app.AuthnRequestsSigned = false
	raw := "SAMLRequest=" + url.QueryEscape(base64.StdEncoding.EncodeToString(packed.Bytes()))
	if _, err := issuer().ReadRedirect(raw, only(app), noon); err == nil || !strings.Contains(err.Error(), "inside a message") {
		t.Errorf("got %v", err)
	}
}

// An application whose metadata ask for no signature may come without, but a signature
// that is there must hold; and Varco may want signatures of everybody.
func TestRequestSignatureOptional(t *testing.T) {
	app := registered(t)
	app.AuthnRequestsSigned = false
	_, raw := asked(t)
	unsigned, _, _ := strings.Cut(raw, "&SigAlg=")
	if _, err := issuer().ReadRedirect(unsigned, only(app), noon); err != nil {
		t.Errorf("without: %v", err)
	}
	if _, err := issuer().ReadRedirect(unsigned+"&SigAlg=x&Signature=eA%3D%3D", only(app), noon); err == nil {
		t.Error("with a wrong signature: accepted")
	}
	strict := issuer()
	strict.WantSigned = true
	if _, err := strict.ReadRedirect(unsigned, only(app), noon); err == nil {
		t.Error("without, where Varco wants one: accepted")
	}
}

// What Varco understands and cannot grant is answered to the application.
func TestRequestsAnswered(t *testing.T) {
	app := registered(t)
	app.AuthnRequestsSigned = false
	const head = `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ` +
		`ID="_1" Version="2.0" IssueInstant="2027-02-03T11:00:00Z" Destination="https://varco.example.org/saml/sso" `
	const issuerEl = `<saml:Issuer>https://app.example.org/metadata</saml:Issuer>`
	for name, c := range map[string]struct{ attrs, children, status string }{
		"plain":            {"", "", ""},
		"by address":       {`AssertionConsumerServiceURL="https://app.example.org/acs" ProtocolBinding="` + saml.BindingPost + `"`, "", ""},
		"passive":          {`IsPassive="true"`, "", saml.StatusNoPassive},
		"passive as 1":     {`IsPassive="1"`, "", saml.StatusNoPassive},
		"transient name":   {"", `<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient"/>`, saml.StatusInvalidNameIDPolicy},
		"somebody certain": {"", `<saml:Subject/>`, saml.StatusRequestUnsupported},
		"at most":          {"", `<samlp:RequestedAuthnContext Comparison="maximum"><saml:AuthnContextClassRef>https://www.spid.gov.it/SpidL2</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>`, saml.StatusNoAuthnContext},
		"a password":       {"", `<samlp:RequestedAuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>`, saml.StatusNoAuthnContext},
	} {
		doc := head + c.attrs + ">" + issuerEl + c.children + "</samlp:AuthnRequest>"
		req, err := issuer().ReadPost(base64.StdEncoding.EncodeToString([]byte(doc)), "state", only(app), noon)
		var refusal *saml.Refusal
		switch {
		case c.status == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.status != "" && (!errors.As(err, &refusal) || refusal.Status != c.status):
			t.Errorf("%s: got %v, want %s", name, err, c.status)
		case req.ConsumerURL != "https://app.example.org/acs" || req.RelayState != "state":
			t.Errorf("%s: cannot be answered: %+v", name, req)
		}
	}
	twice := head + ">" + issuerEl + issuerEl + "</samlp:AuthnRequest>"
	if _, err := issuer().ReadPost(base64.StdEncoding.EncodeToString([]byte(twice)), "", only(app), noon); err == nil {
		t.Error("two Issuers: accepted")
	}
	for name, attrs := range map[string]string{
		"foreign address":       `AssertionConsumerServiceURL="https://evil.example.org/acs"`,
		"address and index":     `AssertionConsumerServiceURL="https://app.example.org/acs" AssertionConsumerServiceIndex="0"`,
		"artifact":              `ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"`,
		"script":                `AssertionConsumerServiceURL="javascript:alert(1)"`,
		"index not in metadata": `AssertionConsumerServiceIndex="9"`,
	} {
		doc := head + attrs + ">" + issuerEl + "</samlp:AuthnRequest>"
		_, err := issuer().ReadPost(base64.StdEncoding.EncodeToString([]byte(doc)), "", only(app), noon)
		var refusal *saml.Refusal
		if !errors.As(err, &refusal) || refusal.Status != "" {
			t.Errorf("%s: got %v, want a refusal that goes to nobody", name, err)
		}
	}
}

func FuzzAuthnRequest(f *testing.F) {
	app := registered(f)
	to := varco(f)
	to.RedirectURL = ""
	form, err := client().PostForm(client().NewLoginRequest(to, saml.Level2, noon))
	if err != nil {
		f.Fatal(err)
	}
	data, _ := base64.StdEncoding.DecodeString(form.Fields[0].Value)
	f.Add(data)
	f.Fuzz(func(t *testing.T, doc []byte) {
		req, err := issuer().ReadPost(base64.StdEncoding.EncodeToString(doc), "", only(app), noon)
		if err != nil {
			return
		}
		if string(doc) != string(data) && req.ConsumerURL != "https://app.example.org/acs" {
			t.Errorf("accepted %+v", req)
		}
	})
}

func dropParam(raw, name string) string {
	var kept []string
	for part := range strings.SplitSeq(raw, "&") {
		if !strings.HasPrefix(part, name+"=") {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}
