package saml_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// browser is a person's browser: it keeps cookies, follows redirects and sends forms.
type browser struct {
	t      testing.TB
	client *http.Client
}

// page is what the browser shows.
type page struct {
	url    *url.URL
	status int
	body   string
}

func newBrowser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, client: &http.Client{Jar: jar}}
}

func (b *browser) get(to string) page {
	b.t.Helper()
	res, err := b.client.Get(to)
	return b.show(res, err)
}

func (b *browser) post(to string, values url.Values) page {
	b.t.Helper()
	res, err := b.client.PostForm(to, values)
	return b.show(res, err)
}

func (b *browser) show(res *http.Response, err error) page {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{url: res.Request.URL, status: res.StatusCode, body: string(body)}
}

var (
	formAction = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
	inputs     = regexp.MustCompile(`<input[^>]*>`)
	attribute  = regexp.MustCompile(`(\w+)="([^"]*)"`)
	links      = regexp.MustCompile(`<a href="([^"]*)"`)
)

// form reads the page's form: where it goes and its hidden fields.
func (p page) form(t testing.TB) (string, url.Values) {
	t.Helper()
	action := formAction.FindStringSubmatch(p.body)
	if action == nil {
		t.Fatalf("%s: status %d, no form in %s", p.url, p.status, p.body)
	}
	to, err := p.url.Parse(html.UnescapeString(action[1]))
	if err != nil {
		t.Fatal(err)
	}
	values := url.Values{}
	for _, input := range inputs.FindAllString(p.body, -1) {
		a := map[string]string{}
		for _, m := range attribute.FindAllStringSubmatch(input, -1) {
			a[m[1]] = html.UnescapeString(m[2])
		}
		if a["type"] == "hidden" {
			values.Add(a["name"], a["value"])
		}
	}
	return to.String(), values
}

// submit sends the page's form with some more fields, given as name, value.
func (b *browser) submit(p page, pairs ...string) page {
	b.t.Helper()
	to, values := p.form(b.t)
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return b.post(to, values)
}

// link finds the first link that holds a text.
func (p page) link(t testing.TB, part string) string {
	t.Helper()
	for _, m := range links.FindAllStringSubmatch(p.body, -1) {
		if to := html.UnescapeString(m[1]); strings.Contains(to, part) {
			u, err := p.url.Parse(to)
			if err != nil {
				t.Fatal(err)
			}
			return u.String()
		}
	}
	t.Fatalf("%s: no link with %s in %s", p.url, part, p.body)
	return ""
}
