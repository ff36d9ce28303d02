package saml_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"varco/saml"
)

func entityDescriptor(id, role string) string {
	return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="` + id + `">` + role + `</md:EntityDescriptor>`
}

func keyDescriptor(use string) string {
	cert := base64.StdEncoding.EncodeToString(keys().Certificate.Raw)
	return `<md:KeyDescriptor` + use + `><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
		` + cert[:64] + "\n" + cert[64:] + `
	</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
}

func sso(location string) string {
	return `<md:SingleSignOnService Binding="urn:mace:shibboleth:1.0:profiles:AuthnRequest" Location="anything"/>` +
		`<md:SingleSignOnService Binding="` + saml.BindingRedirect + `" Location="` + location + `"/>`
}

func idp(inner string) string { return `<md:IDPSSODescriptor>` + inner + `</md:IDPSSODescriptor>` }

func TestParseProviders(t *testing.T) {
	organization := `<md:Organization><md:OrganizationDisplayName xml:lang="en">One</md:OrganizationDisplayName><md:OrganizationDisplayName xml:lang="it">Uno</md:OrganizationDisplayName></md:Organization>`
	file := `<?xml version="1.0" encoding="UTF-8"?><!-- published files carry comments -->
	<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` +
		strings.Replace(entityDescriptor("https://uno.example.org", idp(keyDescriptor(` use="signing"`)+sso("https://uno.example.org/sso"))), "</md:EntityDescriptor>", organization+"</md:EntityDescriptor>", 1) +
		entityDescriptor("https://due.example.org", idp(keyDescriptor("")+sso("http://127.0.0.1:1/sso"))) +
		entityDescriptor("https://sp.example.org", `<md:SPSSODescriptor/>`) +
		`</md:EntitiesDescriptor>`
	got, err := saml.ParseProviders([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Name != "Uno" || got[1].Name != "https://due.example.org" ||
		got[0].RedirectURL != "https://uno.example.org/sso" || got[0].PostURL != "" || len(got[1].Certificates) != 1 {
		t.Errorf("read %+v", got)
	}
}

func TestParseProvidersRefuses(t *testing.T) {
	good := sso("https://uno.example.org/sso")
	for name, c := range map[string]struct{ doc, want string }{
		"no key":            {entityDescriptor("a", idp(good)), "no signing certificate"},
		"encryption only":   {entityDescriptor("a", idp(keyDescriptor(` use="encryption"`)+good)), "no signing certificate"},
		"no endpoint":       {entityDescriptor("a", idp(keyDescriptor(""))), "neither HTTP-Redirect nor HTTP-POST"},
		"plain http":        {entityDescriptor("a", idp(keyDescriptor("")+sso("http://uno.example.org/sso"))), "neither https nor http to this machine"},
		"script":            {entityDescriptor("a", idp(keyDescriptor("")+sso("javascript:alert(1)"))), "not an absolute address"},
		"no name":           {entityDescriptor("", idp(keyDescriptor("")+good)), "entityID"},
		"no role":           {entityDescriptor("a", ""), "no EntityDescriptor with IDPSSODescriptor"},
		"another namespace": {`<EntityDescriptor entityID="a"><IDPSSODescriptor/></EntityDescriptor>`, "no EntityDescriptor"},
		"DOCTYPE":           {`<!DOCTYPE a>` + entityDescriptor("a", idp(keyDescriptor("")+good)), "DOCTYPE"},
		"bad certificate":   {entityDescriptor("a", idp(`<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`+good)), "certificate"},
		"twice": {`<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` +
			strings.Repeat(entityDescriptor("a", idp(keyDescriptor("")+good)), 2) + `</md:EntitiesDescriptor>`, "described twice"},
	} {
		if got, err := saml.ParseProviders([]byte(c.doc)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %+v, %v, want %q", name, got, err, c.want)
		}
	}
}

func TestParseApplicationsRefuses(t *testing.T) {
	acs := func(location, index string) string {
		return `<md:AssertionConsumerService Binding="` + saml.BindingPost + `" Location="` + location + `" index="` + index + `"/>`
	}
	sp := func(attrs, inner string) string {
		return entityDescriptor("a", `<md:SPSSODescriptor `+attrs+`>`+inner+`</md:SPSSODescriptor>`)
	}
	for name, c := range map[string]struct{ doc, want string }{
		"nowhere to answer":  {sp("", ""), "none by HTTP-POST"},
		"script":             {sp("", acs("javascript:alert(1)", "0")), "not an absolute address"},
		"plain http":         {sp("", acs("http://app.example.org", "0")), "neither https"},
		"no index":           {sp("", acs("https://app.example.org", "")), "index"},
		"signs without keys": {sp(`AuthnRequestsSigned="true"`, acs("https://app.example.org", "0")), "no signing certificate"},
	} {
		if got, err := saml.ParseApplications([]byte(c.doc)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %+v, %v, want %q", name, got, err, c.want)
		}
	}
	got, err := saml.ParseApplications([]byte(sp("", acs("https://app.example.org/acs", "3"))))
	if err != nil || got[0].AuthnRequestsSigned || got[0].Consumers[0].Index != 3 {
		t.Errorf("plain: %+v, %v", got, err)
	}
}

// The metadata that SPID loads: the rules that AgID's checkers apply to them.
func TestServiceProviderMetadata(t *testing.T) {
	data, err := serviceProvider().Metadata()
	if err != nil {
		t.Fatal(err)
	}
	doc := string(data)
	for _, want := range []string{
		`entityID="https://varco.example.org/spid/metadata"`,
		`<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" AuthnRequestsSigned="true" WantAssertionsSigned="true">`,
		`<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://varco.example.org/spid/acs" index="0" isDefault="true"/>`,
		`<md:SingleLogoutService `, `<md:AttributeConsumingService index="0">`, `Name="fiscalNumber"`,
		`<md:OrganizationName xml:lang="it">Agenzia di prova</md:OrganizationName>`,
		`<md:ContactPerson contactType="other"><md:Extensions><spid:IPACode>arl_er</spid:IPACode><spid:FiscalCode>80062590379</spid:FiscalCode><spid:Public/></md:Extensions>`,
		`<md:EmailAddress>varco@example.org</md:EmailAddress>`,
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if strings.Index(doc, "<ds:Signature") > strings.Index(doc, "<md:SPSSODescriptor") {
		t.Error("the signature is not the first child")
	}
}

// Certificates follow Avviso SPID 29 v3; Go gets two of its points wrong by default.
func TestCertificateProfile(t *testing.T) {
	cert := keys().Certificate
	critical := map[string]bool{}
	for _, e := range cert.Extensions {
		critical[e.Id.String()] = e.Critical
	}
	if c, ok := critical["2.5.29.19"]; !ok || c {
		t.Error("basicConstraints missing or critical")
	}
	if c, ok := critical["2.5.29.15"]; !ok || !c {
		t.Error("keyUsage missing or not critical")
	}
	if cert.KeyUsage != 1|2 { // digitalSignature, contentCommitment
		t.Errorf("keyUsage %b", cert.KeyUsage)
	}
	var policies []string
	for _, p := range cert.Policies {
		policies = append(policies, p.String())
	}
	if strings.Join(policies, " ") != "1.3.76.16.6 1.3.76.16.4.2.1" {
		t.Errorf("policies %v", policies)
	}
	subject := map[string]any{}
	for _, n := range cert.Subject.Names {
		subject[n.Type.String()] = n.Value
	}
	if subject["2.5.4.83"] != "https://varco.example.org/spid/metadata" || subject["2.5.4.97"] != "PA:IT-arl_er" {
		t.Errorf("subject %v", subject)
	}
}

func TestKeyPairPEM(t *testing.T) {
	data, err := keys().PEM()
	if err != nil {
		t.Fatal(err)
	}
	got, err := saml.ParseKeyPair(data)
	if err != nil || !got.Key.Equal(keys().Key) {
		t.Errorf("read back: %v", err)
	}
	other, _ := appKeys().PEM()
	cut := strings.Index(string(data), "-----BEGIN CERT")
	otherCut := strings.Index(string(other), "-----BEGIN CERT")
	for name, c := range map[string]struct{ pem, want string }{
		"no certificate":     {string(data[:cut]), "no certificate"},
		"no key":             {string(data[cut:]), "no RSA private key"},
		"another's":          {string(data[:cut]) + string(other[otherCut:]), "belongs to another key"},
		"broken certificate": {string(data[:cut]) + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "CERTIFICATE"},
	} {
		if _, err := saml.ParseKeyPair([]byte(c.pem)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
