package web_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"varco/web"
)

// The fields that saml's pages have; a test in cmd renders the real ones.
type (
	link      struct{ Name, URL string }
	loginPage struct {
		Providers []link
		Note      string
	}
	choice     struct{ Value, Label, Note string }
	choicePage struct {
		Action, Flow, Person, Application string
		Choices                           []choice
	}
	field    struct{ Name, Value string }
	postPage struct {
		Action string
		Fields []field
		Note   string
	}
	refusalPage struct{ Title, Text, Reference, Retry string }
)

const nasty = `"><script>alert('x')</script>`

// pages are all pages, each filled with text that tries to become markup.
var pages = map[string]any{
	"home":  struct{ LoginURL string }{"/login?a=1&b=" + nasty},
	"login": loginPage{[]link{{"Poste ID", "/spid/login?idp=https%3A%2F%2Fposte.example"}, {nasty, "/spid/login?idp=" + nasty}}, nasty},
	"choice": choicePage{"/choice", nasty, nasty, nasty,
		[]choice{{"09980010368", "Meccanica Reno S.r.l.", "09980010368"}, {nasty, nasty, nasty}, {"citizen", "Cittadino", ""}}},
	"logout":  postPage{Action: "/logout", Note: nasty},
	"post":    postPage{"https://idp.example/sso?x=1&y=2", []field{{"SAMLRequest", "PD94+/="}, {"RelayState", nasty}}, nasty},
	"refusal": refusalPage{nasty, nasty, nasty, "/login"},
}

func render(t *testing.T, base, name string, data any) (http.Header, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	web.NewPages("Prova", base).Page(rec, httptest.NewRequest("GET", "/", nil), http.StatusTeapot, name, data)
	if rec.Code != http.StatusTeapot || rec.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%s: status %d, type %s", name, rec.Code, rec.Header().Get("Content-Type"))
	}
	return rec.Header(), rec.Body.String()
}

func TestPagesEscapeWhatTheyAreGiven(t *testing.T) {
	for name, data := range pages {
		if _, body := render(t, https, name, data); strings.Contains(body, "<script>alert") {
			t.Errorf("%s: text became markup:\n%s", name, body)
		}
	}
}

func TestPagesRunNoInlineCode(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script(?:>|[^>]*>[^<])`)
	for name, data := range pages {
		if _, body := render(t, https, name, data); inline.MatchString(body) {
			t.Errorf("%s: inline code %q", name, inline.FindString(body))
		}
	}
}

func TestPagesAreAccessible(t *testing.T) {
	for name, data := range pages {
		_, body := render(t, https, name, data)
		for what, pattern := range map[string]string{
			"language (WCAG 3.1.1)":   `<html lang="it">`,
			"viewport":                `<meta name="viewport" content="width=device-width, initial-scale=1">`,
			"title (WCAG 2.4.2)":      `<title>[^<]+ · Prova</title>`,
			"skip link (WCAG 2.4.1)":  `<a class="skip" href="#contenuto">`,
			"target of the skip link": `<main id="contenuto"`,
		} {
			if !regexp.MustCompile(pattern).MatchString(body) {
				t.Errorf("%s: no %s", name, what)
			}
		}
		if n := strings.Count(body, "<h1>"); n != 1 {
			t.Errorf("%s: %d level-one headings", name, n)
		}
		for _, input := range regexp.MustCompile(`<input type="(?:radio|text)"[^>]*>`).FindAllString(body, -1) {
			id := regexp.MustCompile(`id="([^"]+)"`).FindStringSubmatch(input)
			if id == nil || !strings.Contains(body, `<label for="`+id[1]+`">`) {
				t.Errorf("%s: no label for %s (WCAG 1.3.1)", name, input)
			}
		}
	}
}

// Scripts outside the project press the buttons: a button has no value of its own.
func TestFormsWorkWithoutScriptAndButtonValues(t *testing.T) {
	for _, name := range []string{"choice", "post"} {
		_, body := render(t, https, name, pages[name])
		if buttons := regexp.MustCompile(`<button[^>]*>`).FindAllString(body, -1); len(buttons) != 1 || buttons[0] != `<button type="submit">` {
			t.Errorf("%s: expected one plain submit button, got %v", name, buttons)
		}
	}
}

func TestChoiceIsARadioGroup(t *testing.T) {
	_, body := render(t, https, "choice", pages["choice"])
	if n := strings.Count(body, `type="radio" name="acting_for"`); n != 3 {
		t.Errorf("%d radio buttons named acting_for, expected 3", n)
	}
	if strings.Contains(body, "checked") {
		t.Error("a choice is made beforehand")
	}
	for _, part := range []string{"<fieldset>", "<legend>Opera come</legend>", `value="citizen"`, `value="09980010368"`, `name="flow"`} {
		if !strings.Contains(body, part) {
			t.Errorf("the choice page lacks %s", part)
		}
	}
}

// A link from anywhere must not log anybody out: the page waits for the button.
func TestLogoutPageWaits(t *testing.T) {
	_, body := render(t, https, "logout", pages["logout"])
	if strings.Contains(body, "<script") || !strings.Contains(body, `method="post" action="/logout"`) {
		t.Errorf("the page sends itself, or cannot be sent:\n%s", body)
	}
}

func TestPostPageCarriesTheMessageOn(t *testing.T) {
	_, body := render(t, https, "post", pages["post"])
	text := html.UnescapeString(body)
	for _, part := range []string{
		`action="https://idp.example/sso?x=1&y=2"`,
		`<input type="hidden" name="SAMLRequest" value="PD94+/=">`,
		`<input type="hidden" name="RelayState" value="` + nasty + `">`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("the post page lacks %s:\n%s", part, body)
		}
	}
}

// CVE-2023-45683: an assertion consumer address may come from hostile metadata.
func TestPostPageRunsNoAddress(t *testing.T) {
	_, body := render(t, https, "post", postPage{Action: "javascript:alert(1)"})
	if strings.Contains(body, "javascript:") {
		t.Errorf("the form's target is code:\n%s", body)
	}
}

func TestOnlyThePostPageMayLeaveTheSite(t *testing.T) {
	for _, c := range []struct{ base, name, want string }{
		{https, "post", "form-action https:"},
		{"http://127.0.0.1:8080", "post", "form-action http: https:"},
		{https, "choice", ""},
		{https, "refusal", ""},
	} {
		header, _ := render(t, c.base, c.name, pages[c.name])
		policy := header.Get("Content-Security-Policy")
		if !strings.HasSuffix(policy, c.want) || (c.want == "") != (policy == "") {
			t.Errorf("%s at %s: policy %q, expected to end in %q", c.name, c.base, policy, c.want)
		}
	}
}

func TestPageOfUnfitDataIsAFault(t *testing.T) {
	for name, data := range map[string]any{"login": choicePage{}, "nowhere": nil} {
		rec := httptest.NewRecorder()
		fault := func() (fault any) {
			defer func() { fault = recover() }()
			web.NewPages("Prova", https).Page(rec, nil, 200, name, data)
			return nil
		}()
		if fault == nil || rec.Body.Len() > 0 {
			t.Errorf("%s: panicked with %v after sending %d bytes", name, fault, rec.Body.Len())
		}
	}
}

func TestHomeOffersTheLogin(t *testing.T) {
	rec := httptest.NewRecorder()
	web.NewPages("Prova", https).Home("/spid").ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), `href="/spid"`) {
		t.Errorf("status %d:\n%s", rec.Code, rec.Body)
	}
}
