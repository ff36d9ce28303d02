package registry

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// The published table of profiles (LPT §6.1): G the company, U its units.
var publishedProfiles = []struct {
	code, levels string
	reserved     bool
	types        string
	quals        string
}{
	{"amministratore", "GU", false, "", ""},
	{"co-sare-gestione", "GU", false, "", ""},
	{"co-sare-storico-aziendale", "G", false, "DATORE_PRIVATO DATORE_PUBBLICO SOMMINISTRAZIONE", ""},
	{"co-sare-visualizzazione", "GU", false, "", ""},
	{"prospetti-cig-gestione", "U", false, "", ""},
	{"offerte-lavoro-gestione", "U", false, "DATORE_PRIVATO DATORE_PUBBLICO SOMMINISTRAZIONE INTERMEDIAZIONE", ""},
	{"tirocini-promotore-compilatore", "U", false, "PROMOTORE_TIROCINIO", "PROMOTORE"},
	{"tirocini-promotore-validatore", "U", false, "PROMOTORE_TIROCINIO", "PROMOTORE"},
	{"tirocini-soggetto-pubblico", "G", false, "DATORE_PUBBLICO", ""},
	{"tirocini-soggetto-certificatore", "G", false, "", "CERTIFICATORE"},
	{"tirocini-soggetto-ospitante", "G", false, "DATORE_PRIVATO DATORE_PUBBLICO", ""},
	{"rete-attiva-accreditamento", "G", false, "", ""}, // the application itself needs no accreditation
	{"operatore-agenda", "GU", true, "", "ACCREDITATO"},
	{"assister-programma-personalizzato", "GU", true, "", "ACCREDITATO CONVENZIONE_783_2019"},
	{"assister-equipe-multidisciplinare", "GU", true, "", "PA_SOCIO_SANITARIA CONVENZIONE_534_2017"},
}

func TestCatalogueOfProfiles(t *testing.T) {
	profiles := Profiles()
	if len(profiles) != 15 || len(profiles) != len(publishedProfiles) {
		t.Fatalf("%d profiles, want 12 and 3 reserved", len(profiles))
	}
	for i, want := range publishedProfiles {
		p := profiles[i]
		if string(p.Code) != want.code || p.Reserved != want.reserved || p.Label == "" || p.Function == "" || p.Area == "" {
			t.Errorf("row %d: %+v, want %s, reserved %v", i+1, p, want.code, want.reserved)
		}
		if p.Allows(LevelGroup) != strings.Contains(want.levels, "G") || p.Allows(LevelUnit) != strings.Contains(want.levels, "U") {
			t.Errorf("%s: levels %v, want %s", p.Code, p.Levels, want.levels)
		}
		if !slices.Equal(p.AnyType, strings.Fields(want.types)) || !slices.Equal(p.Qualifications, strings.Fields(want.quals)) {
			t.Errorf("%s: needs %v and %v, want %s and %s", p.Code, p.AnyType, p.Qualifications, want.types, want.quals)
		}
		if found, err := ProfileByCode(p.Code); err != nil || found.Code != p.Code {
			t.Errorf("ProfileByCode(%s): %s, %v", p.Code, found.Code, err)
		}
		if !slices.Contains(Areas(), p.Area) {
			t.Errorf("%s: area %s is not listed", p.Code, p.Area)
		}
	}
}

// Stars: may act for other employers. Register data: the starred ones and the
// temporary work agencies (LPT §3.1, §5.1).
func TestCatalogueOfTypes(t *testing.T) {
	types := CompanyTypes()
	if len(types) != 14 {
		t.Fatalf("%d types of company, want 14", len(types))
	}
	starred, register := 0, 0
	for _, ct := range types {
		if ct.Label == "" || ct.LegalReference == "" {
			t.Errorf("%s lacks its words: %+v", ct.Code, ct)
		}
		if ct.OnBehalf {
			starred++
		}
		if ct.RegisterData {
			register++
		}
		if ct.RegisterData != (ct.OnBehalf || ct.Code == "SOMMINISTRAZIONE") {
			t.Errorf("%s: star %v, register data %v", ct.Code, ct.OnBehalf, ct.RegisterData)
		}
		if employer := strings.HasPrefix(ct.Code, "DATORE_"); employer && ct.OnBehalf {
			t.Errorf("%s acts for others", ct.Code)
		}
	}
	if starred != 11 || register != 12 {
		t.Errorf("%d starred, %d with register data; want 11 and 12", starred, register)
	}
}

// Every type and qualification a profile needs exists, so that no profile is
// out of everybody's reach by a slip of the pen.
func TestPreconditionsNameKnownTypes(t *testing.T) {
	for _, p := range Profiles() {
		for _, code := range p.AnyType {
			if !slices.ContainsFunc(CompanyTypes(), func(ct CompanyType) bool { return ct.Code == code }) {
				t.Errorf("%s needs the type %s, which is none", p.Code, code)
			}
		}
	}
}

func TestMissing(t *testing.T) {
	at := romeDay(2027, 6, 1)
	company := func(types string, quals ...string) Company {
		co := Company{Types: strings.Fields(types)}
		for _, q := range quals {
			co.Qualifications = append(co.Qualifications, Qualification{Kind: q, From: at})
		}
		return co
	}
	for _, tc := range []struct {
		profile ProfileCode
		co      Company
		want    string
	}{
		{"co-sare-gestione", company(""), ""},
		{"rete-attiva-accreditamento", company("AVVOCATI"), ""},
		{"co-sare-storico-aziendale", company("SOMMINISTRAZIONE"), ""},
		{"co-sare-storico-aziendale", company("AVVOCATI RAGIONIERI"), "the company is none of DATORE_PRIVATO, DATORE_PUBBLICO, SOMMINISTRAZIONE"},
		{"tirocini-promotore-compilatore", company("PROMOTORE_TIROCINIO", "PROMOTORE"), ""},
		{"tirocini-promotore-compilatore", company("PROMOTORE_TIROCINIO", "CERTIFICATORE"), "the company has no qualification PROMOTORE in force"},
		{"tirocini-promotore-compilatore", company("DATORE_PRIVATO", "PROMOTORE"), "the company is none of PROMOTORE_TIROCINIO"},
		{"assister-programma-personalizzato", company("", "ACCREDITATO"), "the company has no qualification CONVENZIONE_783_2019 in force"},
		{"assister-programma-personalizzato", company("", "ACCREDITATO", "CONVENZIONE_783_2019"), ""},
	} {
		p, err := ProfileByCode(tc.profile)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Missing(tc.co, at); got != tc.want {
			t.Errorf("%s for %v, %v: %q, want %q", tc.profile, tc.co.Types, tc.co.Qualifications, got, tc.want)
		}
	}
}

func TestQualified(t *testing.T) {
	from, until := romeDay(2027, 1, 1), romeDay(2028, 1, 1)
	co := Company{Qualifications: []Qualification{{"PROMOTORE", from, until}, {"ACCREDITATO", from, time.Time{}}}}
	for _, tc := range []struct {
		kind string
		at   time.Time
		want bool
	}{
		{"PROMOTORE", from.Add(-time.Microsecond), false},
		{"PROMOTORE", from, true},
		{"PROMOTORE", until.Add(-time.Microsecond), true},
		{"PROMOTORE", until, false},
		{"ACCREDITATO", until.AddDate(50, 0, 0), true},
		{"CERTIFICATORE", from, false},
	} {
		if got := co.Qualified(tc.kind, tc.at); got != tc.want {
			t.Errorf("%s at %s: %v", tc.kind, tc.at, got)
		}
	}
}

func TestEntitlement(t *testing.T) {
	for s, want := range map[string]Entitlement{
		"co-sare-gestione@group":     {Profile: "co-sare-gestione"},
		"co-sare-gestione@unit:MO01": {"co-sare-gestione", "MO01"},
		"x@unit:A-B_C.1":             {"x", "A-B_C.1"},
		"x@unit:group":               {"x", "group"},
	} {
		got, err := ParseEntitlement(s)
		if err != nil || got != want || got.String() != s {
			t.Errorf("ParseEntitlement(%q) = %+v, %v", s, got, err)
		}
		if level := got.Level(); (level == LevelGroup) != (want.Unit == "") {
			t.Errorf("%s is at level %s", s, level)
		}
	}
	for _, s := range []string{"", "co-sare-gestione", "co-sare-gestione@", "co-sare-gestione@unit:", "co-sare-gestione@Group",
		"co-sare-gestione@unit", "co-sare-gestione@MO01", "co-sare-gestione@unit/MO01", "co-sare-gestione@group@group"} {
		got, err := ParseEntitlement(s)
		if err == nil || KindOf(err) != Invalid || got != (Entitlement{}) || !strings.HasPrefix(err.Error(), "entitlements: ") {
			t.Errorf("ParseEntitlement(%q) = %+v, %v", s, got, err)
		}
	}
}

func FuzzEntitlement(f *testing.F) {
	for _, s := range []string{"co-sare-gestione@group", "x@unit:MO01", "@group", "@unit:@", "a@b@unit:c", "\xff@unit:\xff", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEntitlement(s)
		if err == nil && e.String() != s {
			t.Errorf("%q reads as %+v, which prints %q", s, e, e.String())
		}
		if err != nil && (KindOf(err) != Invalid || len(err.Error()) > 600) {
			t.Errorf("refusal of %q: %v", s, err)
		}
	})
}
