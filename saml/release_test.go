package saml

import (
	"slices"
	"testing"

	"varco/registry"
)

func names(list []Attribute) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Name)
	}
	return out
}

func TestEmailIsToldWhereAsked(t *testing.T) {
	c := registry.Chosen{Person: registry.Person{Email: "anna@example.org"}}
	for _, ask := range []bool{false, true} {
		var app Application
		if ask {
			app.Requested = []string{"email"}
		}
		if got := slices.Contains(names(personAttributes(c, app)), "email"); got != ask {
			t.Errorf("asked %v, told %v", ask, got)
		}
	}
	c.Person.Email = ""
	if slices.Contains(names(personAttributes(c, Application{Requested: []string{"email"}})), "email") {
		t.Error("an empty address is told")
	}
}

func TestCompanyAttributes(t *testing.T) {
	choice := registry.Choice{Company: registry.Company{FiscalCode: "09980010368", Name: "A", Types: []string{"CONSULENTI_LAVORO"}}}
	list := companyAttributes(&choice)
	for _, name := range []string{"ivaCode", "organizationalUnit"} {
		if slices.Contains(names(list), name) {
			t.Errorf("%s is told without a value", name)
		}
	}
	for types, want := range map[string]string{"CONSULENTI_LAVORO": "ENABLED", "DATORE_PRIVATO": "OBLIGED"} {
		if got := coSubject(registry.Company{Types: []string{types}}); got != want {
			t.Errorf("%s: %s, want %s", types, got, want)
		}
	}
}

func TestUnitsAreToldOnce(t *testing.T) {
	grants := []registry.Grant{{UnitCode: "B"}, {UnitCode: "A"}, {UnitCode: "B"}, {}}
	if got := unitCodes(grants); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("units %v", got)
	}
}

// Two applications that compare notes cannot tell that they know the same person.
func TestPairwiseDiffersByApplication(t *testing.T) {
	i := Issuer{PairwiseKey: []byte("0123456789abcdef0123456789abcdef")}
	seen := map[string]string{}
	for _, c := range [][2]string{{"p1", "app1"}, {"p1", "app2"}, {"p2", "app1"}, {"p", "1:app1"}} {
		name := i.pairwise(c[0], c[1])
		if before, twice := seen[name]; twice {
			t.Errorf("%v and %s are both called %s", c, before, name)
		}
		seen[name] = c[0] + " " + c[1]
	}
	other := Issuer{PairwiseKey: []byte("another key of thirty-two bytes!")}
	if other.pairwise("p1", "app1") == i.pairwise("p1", "app1") {
		t.Error("the name does not depend on the key")
	}
}

func TestIdentityRefused(t *testing.T) {
	good := map[string][]string{"fiscalNumber": {"TINIT-X"}, "dateOfBirth": {"1962-01-10"}}
	if id, err := IdentityOf(Assertion{Attributes: good}); err != nil || id.FiscalCode != "X" {
		t.Fatalf("%+v, %v", id, err)
	}
	for name, change := range map[string]map[string][]string{
		"no prefix":        {"fiscalNumber": {"X"}},
		"a foreign prefix": {"fiscalNumber": {"TINDE-X"}},
		"two codes":        {"fiscalNumber": {"TINIT-X", "TINIT-Y"}},
		"none":             {},
		"no date":          {"fiscalNumber": {"TINIT-X"}, "dateOfBirth": {"10/01/1962"}},
	} {
		if id, err := IdentityOf(Assertion{Attributes: change}); err == nil {
			t.Errorf("%s: %+v", name, id)
		}
	}
}
