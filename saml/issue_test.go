package saml_test

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"varco/saml"
)

func keysOf(k saml.KeyPair) []*x509.Certificate { return []*x509.Certificate{k.Certificate} }

// told runs an application's request to its end and returns what the application reads.
func told(t *testing.T, g saml.Grant) (saml.Assertion, error) {
	t.Helper()
	sent, raw := asked(t)
	req, err := issuer().ReadRedirect(raw, only(registered(t)), noon)
	if err != nil {
		t.Fatal(err)
	}
	form, err := issuer().Answer(req, g, noon)
	if err != nil {
		t.Fatal(err)
	}
	if form.Action != "https://app.example.org/acs" || form.Fields[1] != (saml.Field{Name: "RelayState", Value: sent.RelayState}) {
		t.Errorf("form %s %v", form.Action, form.Fields[1])
	}
	res, err := saml.ReadResponse(form.Fields[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	return res.Check(client().Expectation(sent.ID, varco(t), sent.Level, sent.IssuedAt), noon.Add(time.Second))
}

func grant() saml.Grant {
	return saml.Grant{
		PersonID: "p1", ClassRef: saml.Level2.ClassRef(), AuthnInstant: noon, SessionIndex: "s1", SessionEnd: noon.Add(8 * time.Hour),
		Attributes: []saml.Attribute{
			{Name: "fiscalNumber", Values: []string{"TINIT-CLLNNA62A50F257F"}},
			{Name: "name", Values: []string{`Anna <b>&"]]>`}},
			{Name: "familyName", Values: []string{"</saml:AttributeValue><x/>"}},
			{Name: "actingContext", Values: []string{"CITIZEN"}},
			{Name: "entitlement", Values: []string{"a", "b"}},
		},
	}
}

func TestAssertionForAnApplication(t *testing.T) {
	g := grant()
	a, err := told(t, g)
	if err != nil {
		t.Fatal(err)
	}
	if a.SessionIndex != "s1" || a.ClassRef != g.ClassRef || !a.SessionNotOnOrAfter.Equal(g.SessionEnd.Truncate(time.Second)) {
		t.Errorf("session: %+v", a)
	}
	want := map[string][]string{}
	for _, at := range g.Attributes {
		want[at.Name] = at.Values
	}
	if !maps.EqualFunc(a.Attributes, want, slices.Equal) {
		t.Errorf("attributes %v, want %v", a.Attributes, want)
	}
}

func TestPairwiseName(t *testing.T) {
	a, err := told(t, grant())
	if err != nil {
		t.Fatal(err)
	}
	b, _ := told(t, grant())
	if a.NameID != b.NameID || a.ID == b.ID {
		t.Errorf("names %s and %s, ids %s and %s", a.NameID, b.NameID, a.ID, b.ID)
	}
	other := grant()
	other.PersonID = "p2"
	if c, _ := told(t, other); c.NameID == a.NameID || c.NameID == "" {
		t.Errorf("two people are called %s", c.NameID)
	}
	if strings.Contains(a.NameID, "p1") {
		t.Errorf("the name %s tells the person", a.NameID)
	}
}

func TestErrorResponse(t *testing.T) {
	sent, raw := asked(t)
	req, err := issuer().ReadRedirect(raw, only(registered(t)), noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []string{saml.StatusAuthnFailed, saml.StatusNoPassive, saml.StatusRequestDenied} {
		form, err := issuer().Refuse(req, status, "non consentito", noon)
		if err != nil {
			t.Fatal(err)
		}
		res, err := saml.ReadResponse(form.Fields[0].Value)
		if err != nil {
			t.Fatal(err)
		}
		_, err = res.Check(client().Expectation(sent.ID, varco(t), sent.Level, sent.IssuedAt), noon)
		var refusal *saml.Refusal
		if !errors.As(err, &refusal) || refusal.Case != 26 {
			t.Errorf("%s: got %v, want the verified status", status, err)
		}
		if data, _ := base64.StdEncoding.DecodeString(form.Fields[0].Value); !strings.Contains(string(data), status) {
			t.Errorf("%s is not in the answer", status)
		}
	}
}

func TestSessionCheck(t *testing.T) {
	app := registered(t)
	ask := saml.SessionCheck{SessionIndex: "s/1+x", Application: app.EntityID}
	to, err := saml.SessionCheckURL("https://varco.example.org/saml/session", ask, client().Key, noon)
	if err != nil {
		t.Fatal(err)
	}
	_, raw, _ := strings.Cut(to, "?")
	if got, err := saml.ReadSessionCheck(raw, only(app), noon); err != nil || got != ask {
		t.Errorf("read %+v, %v", got, err)
	}
	forged, _ := saml.SessionCheckURL("https://x", ask, keys(), noon)
	_, forged, _ = strings.Cut(forged, "?")
	for name, c := range map[string]struct {
		raw string
		at  time.Time
	}{
		"old":                 {raw, noon.Add(2 * time.Minute)},
		"from the future":     {raw, noon.Add(-2 * time.Minute)},
		"another session":     {strings.Replace(raw, url.QueryEscape("s/1+x"), "s2", 1), noon},
		"another key":         {forged, noon},
		"not signed":          {strings.Split(raw, "&SigAlg")[0], noon},
		"another application": {strings.Replace(raw, "app.example", "other.example", 1), noon},
		"no instant":          {dropParam(raw, "IssueInstant"), noon},
	} {
		if got, err := saml.ReadSessionCheck(c.raw, only(app), c.at); err == nil {
			t.Errorf("%s: accepted %+v", name, got)
		}
	}
}
