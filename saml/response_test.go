package saml_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"varco/saml"
	"varco/saml/samltest"
)

var (
	noon  = time.Date(2027, 2, 3, 11, 0, 0, 400_000_000, time.UTC)
	anna  = samltest.Person{FiscalCode: "CLLNNA62A50F257F", Name: "Anna", FamilyName: "Collaudari"}
	clock = func() time.Time { return noon }
)

// world is a service provider and an identity provider that know each other.
type world struct {
	sp       saml.ServiceProvider
	idp      *samltest.Provider
	provider saml.Provider // idp as its metadata describe it
}

var keys = sync.OnceValue(func() saml.KeyPair {
	key, err := saml.GenerateKeyPair(saml.Holder{
		EntityID: "https://varco.example.org/spid/metadata", Name: "Varco", Body: "Agenzia di prova", IPACode: "arl_er", Locality: "Bologna",
	}, 2048, noon)
	if err != nil {
		panic(err)
	}
	return key
})

func serviceProvider() saml.ServiceProvider {
	return saml.ServiceProvider{
		EntityID:  "https://varco.example.org/spid/metadata",
		ACSURL:    "https://varco.example.org/spid/acs",
		LogoutURL: "https://varco.example.org/spid/logout",
		Dialect:   saml.DialectSPID,
		Key:       keys(),
		Body: saml.Body{Name: "Agenzia di prova", URL: "https://example.org", Service: "Varco", IPACode: "arl_er",
			FiscalCode: "80062590379", Email: "varco@example.org", Phone: "+39051000000"},
	}
}

func newWorld(t testing.TB) world {
	t.Helper()
	w := world{sp: serviceProvider()}
	var err error
	if w.idp, err = samltest.NewProvider("https://idp.example.org", []samltest.Person{anna}, clock); err != nil {
		t.Fatal(err)
	}
	meta, err := w.sp.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.idp.Trust(meta); err != nil {
		t.Fatal(err)
	}
	w.provider = w.describe(t)
	return w
}

// describe reads the provider's metadata.
func (w world) describe(t testing.TB) saml.Provider {
	t.Helper()
	meta, err := w.idp.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	providers, err := saml.ParseProviders(meta)
	if err != nil {
		t.Fatal(err)
	}
	return providers[0]
}

// login asks at level 2 and returns what was asked and the answer's form field.
func (w world) login(t testing.TB, level saml.Level) (saml.LoginRequest, string) {
	t.Helper()
	req := w.sp.NewLoginRequest(w.provider, saml.Level2, noon)
	url, err := w.sp.RedirectURL(req)
	if err != nil {
		t.Fatal(err)
	}
	field, err := w.idp.Answer(url, anna, level)
	if err != nil {
		t.Fatal(err)
	}
	return req, field
}

func (w world) check(req saml.LoginRequest, field string) (saml.Assertion, error) {
	r, err := saml.ReadResponse(field)
	if err != nil {
		return saml.Assertion{}, err
	}
	return r.Check(w.sp.Expectation(req.ID, w.provider, req.Level, req.IssuedAt), noon.Add(time.Second))
}

func TestResponseTable(t *testing.T) {
	w := newWorld(t)
	for _, lie := range samltest.Lies() {
		t.Run(lie.Name, func(t *testing.T) {
			w.idp.Tell(lie)
			req, field := w.login(t, saml.Level2)
			a, err := w.check(req, field)
			if lie.Accepted {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				if a.NameID == "" || a.ID == "" || a.Level < saml.Level2 {
					t.Errorf("accepted without content: %+v", a)
				}
				return
			}
			var refusal *saml.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("got %v, %+v, want a refusal", err, a)
			}
			if lie.Case != 0 && lie.Case != 112 && lie.Case != 113 && refusal.Case != lie.Case {
				t.Errorf("refused for case %d (%v), want %d", refusal.Case, err, lie.Case)
			}
		})
	}
}

func TestResponseTableIsWhole(t *testing.T) {
	have := map[int]bool{}
	for _, lie := range samltest.Lies() {
		have[lie.Case] = true
	}
	for n := 1; n <= 113; n++ {
		// Numbers that the published list leaves out.
		missing := n >= 5 && n <= 7 || n == 50 || n == 101 || n == 102
		if !have[n] && !missing {
			t.Errorf("case %d has no lie", n)
		}
	}
}

func TestResponseIdentity(t *testing.T) {
	w := newWorld(t)
	req, field := w.login(t, saml.Level3)
	a, err := w.check(req, field)
	if err != nil {
		t.Fatal(err)
	}
	got, err := saml.IdentityOf(a)
	if err != nil {
		t.Fatal(err)
	}
	want := saml.Identity{
		FiscalCode: "CLLNNA62A50F257F", Name: "Anna", FamilyName: "Collaudari", DateOfBirth: "1962-01-10",
		PlaceOfBirth: "F257", Gender: "F", Email: "cllnna62a50f257f@example.org", SpidCode: "TEST62A50F257F",
	}
	if got != want {
		t.Errorf("identity\n got %+v\nwant %+v", got, want)
	}
	if a.Level != saml.Level3 || a.ClassRef != "https://www.spid.gov.it/SpidL3" {
		t.Errorf("level %d %s, want 3", a.Level, a.ClassRef)
	}
	if want := noon.Truncate(time.Second).Add(5 * time.Minute); !a.NotOnOrAfter.Equal(want) {
		t.Errorf("NotOnOrAfter %v, want %v", a.NotOnOrAfter, want)
	}
}

func TestAnomaliesAreNamed(t *testing.T) {
	w := newWorld(t)
	for _, nr := range []int{19, 20, 21, 22, 23, 25, 30} {
		w.idp.Tell(samltest.LieByName("anomaly " + []string{19: "19", 20: "20", 21: "21", 22: "22", 23: "23", 25: "25", 30: "30"}[nr]))
		req, field := w.login(t, saml.Level2)
		_, err := w.check(req, field)
		var refusal *saml.Refusal
		if !errors.As(err, &refusal) || refusal.Anomaly != nr {
			t.Errorf("anomaly %d: got %v", nr, err)
		}
	}
}

// What is compared with comes from the request that was sent: each of these changes
// one expectation and leaves the answer true.
func TestResponseIsForThisRequest(t *testing.T) {
	w := newWorld(t)
	other := newWorld(t)
	req, field := w.login(t, saml.Level2)
	r, err := saml.ReadResponse(field)
	if err != nil {
		t.Fatal(err)
	}
	good := w.sp.Expectation(req.ID, w.provider, req.Level, req.IssuedAt)
	for name, change := range map[string]func(*saml.Expectation){
		"another request":         func(e *saml.Expectation) { e.RequestID = "_another" },
		"another service":         func(e *saml.Expectation) { e.Audience = "https://altro.example.org" },
		"another consumer":        func(e *saml.Expectation) { e.ACSURL = "https://altro.example.org/acs" },
		"a higher level":          func(e *saml.Expectation) { e.Level = saml.Level3 },
		"the keys of another":     func(e *saml.Expectation) { e.Certificates = other.provider.Certificates },
		"the name of another":     func(e *saml.Expectation) { e.Issuer = "https://altro.example.org" },
		"a request made later":    func(e *saml.Expectation) { e.IssuedAt = noon.Add(2 * time.Second) },
		"no key at all":           func(e *saml.Expectation) { e.Certificates = nil },
		"another kind of name":    func(e *saml.Expectation) { e.Dialect.NameIDFormat = "urn:x" },
		"an attribute not served": func(e *saml.Expectation) { e.Dialect.Attributes = []string{"idCard"} },
	} {
		want := good
		change(&want)
		if _, err := r.Check(want, noon); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := r.Check(good, noon); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func TestResponseInTime(t *testing.T) {
	w := newWorld(t)
	req, field := w.login(t, saml.Level2)
	r, err := saml.ReadResponse(field)
	if err != nil {
		t.Fatal(err)
	}
	want := w.sp.Expectation(req.ID, w.provider, req.Level, req.IssuedAt)
	for _, c := range []struct {
		after time.Duration
		ok    bool
	}{
		{-31 * time.Second, false}, // our clock behind the provider's by more than the skew
		{-29 * time.Second, true},
		{0, true},
		{5*time.Minute + 29*time.Second, true},
		{5*time.Minute + 31*time.Second, false},
	} {
		_, err := r.Check(want, noon.Truncate(time.Second).Add(c.after))
		if (err == nil) != c.ok {
			t.Errorf("%v after: %v", c.after, err)
		}
	}
}

// An expired certificate in trusted metadata is a key like any other.
func TestExpiredCertificateIsAKey(t *testing.T) {
	w := newWorld(t)
	now := noon.AddDate(-11, 0, 0)
	idp, err := samltest.NewProvider("https://idp.example.org", nil, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	now = noon
	meta, err := w.sp.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if err := idp.Trust(meta); err != nil {
		t.Fatal(err)
	}
	w.idp = idp
	w.provider = w.describe(t)
	if end := w.provider.Certificates[0].NotAfter; !end.Before(noon) {
		t.Fatalf("the certificate lasts until %v", end)
	}
	req, field := w.login(t, saml.Level2)
	if _, err := w.check(req, field); err != nil {
		t.Errorf("refused: %v", err)
	}
}

func TestResponseLimits(t *testing.T) {
	w := newWorld(t)
	_, field := w.login(t, saml.Level2)
	good, err := base64.StdEncoding.DecodeString(field)
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat("<a>", 33) + strings.Repeat("</a>", 33)
	for name, c := range map[string]struct {
		field string
		want  string
	}{
		"empty":       {"", "the field is empty"},
		"not base64":  {"%%%", "not base64"},
		"long field":  {strings.Repeat("A", 384<<10+1), "at most 393216"},
		"long XML":    {base64.StdEncoding.EncodeToString([]byte("<a>" + strings.Repeat("x", 256<<10) + "</a>")), "at most 262144"},
		"deep":        {base64.StdEncoding.EncodeToString([]byte(deep)), "nested deeper than 32"},
		"not XML":     {base64.StdEncoding.EncodeToString([]byte("<a>")), "not well formed"},
		"another":     {base64.StdEncoding.EncodeToString([]byte("<a/>")), "the root element is another"},
		"two roots":   {base64.StdEncoding.EncodeToString([]byte("<a/><b/>")), "2 root elements"},
		"a namespace": {base64.StdEncoding.EncodeToString([]byte(`<Response xmlns="urn:x"/>`)), "the root element is another"},
	} {
		_, err := saml.ReadResponse(c.field)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := saml.ReadResponse(base64.StdEncoding.EncodeToString(good)); err != nil {
		t.Errorf("the true answer: %v", err)
	}
}

func FuzzResponse(f *testing.F) {
	w := newWorld(f)
	for _, name := range []string{"truth", "XSW3 false assertion in front", "Subject missing", "anomaly 25"} {
		w.idp.Tell(samltest.LieByName(name))
		_, field := w.login(f, saml.Level2)
		data, err := base64.StdEncoding.DecodeString(field)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	req := w.sp.NewLoginRequest(w.provider, saml.Level2, noon)
	want := w.sp.Expectation(req.ID, w.provider, req.Level, req.IssuedAt)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := saml.ReadResponse(base64.StdEncoding.EncodeToString(data))
		if err != nil {
			return
		}
		// The request is a new one, so nothing in the corpus answers it.
		if a, err := r.Check(want, noon); err == nil {
			t.Errorf("accepted: %+v", a)
		}
	})
}
