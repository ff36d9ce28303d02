package main

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// browser is a person's browser without script: cookies, links and forms.
type browser struct {
	t      *testing.T
	client *http.Client
	at     *url.URL
	status int
	page   string
}

func newBrowser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, client: &http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

func (b *browser) open(address string) {
	b.t.Helper()
	b.keep(b.client.Get(b.resolve(address)))
}

// submit sends the page's form: its hidden fields and those given.
func (b *browser) submit(fields url.Values) {
	b.t.Helper()
	form := formTag.FindString(b.page)
	values := url.Values{}
	for _, tag := range inputTag.FindAllString(b.page, -1) {
		if attribute(tag, "type") == "hidden" {
			values.Add(attribute(tag, "name"), attribute(tag, "value"))
		}
	}
	for name, value := range fields {
		values[name] = value
	}
	b.keep(b.client.PostForm(b.resolve(attribute(form, "action")), values))
}

func (b *browser) keep(resp *http.Response, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.at, b.status, b.page = resp.Request.URL, resp.StatusCode, string(body)
}

func (b *browser) resolve(address string) string {
	if b.at == nil {
		return address
	}
	u, err := b.at.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	return u.String()
}

// enter walks from an application's page to the choice of whom to act for, proving
// at the provider to be the person with the code.
func (b *browser) enter(app, code string) {
	b.t.Helper()
	b.open(app + "/")
	for range 12 {
		link := providerLink.FindString(b.page)
		switch {
		case b.status != http.StatusOK:
			b.t.Fatalf("status %d on the way in, at %s", b.status, b.at)
		case b.has("acting_for"):
			return
		case b.has("SAMLRequest"), b.has("SAMLResponse"):
			b.submit(nil)
		case b.has("fiscal_code"):
			b.submit(url.Values{"fiscal_code": {code}, "level": {"2"}})
		case link != "":
			b.open(attribute(link, "href"))
		default:
			b.t.Fatalf("a page nobody expected at %s:\n%.600s", b.at, b.page)
		}
	}
	b.t.Fatal("the login goes round in circles")
}

// offered lists the values of the choice.
func (b *browser) offered() []string {
	var values []string
	for _, tag := range inputTag.FindAllString(b.page, -1) {
		if attribute(tag, "name") == "acting_for" {
			values = append(values, attribute(tag, "value"))
		}
	}
	return values
}

// actFor chooses and goes on to the application.
func (b *browser) actFor(value string) {
	b.t.Helper()
	b.submit(url.Values{"acting_for": {value}})
	for b.has("SAMLResponse") {
		b.submit(nil)
	}
}

// has tells whether the page has a field of this name.
func (b *browser) has(field string) bool { return strings.Contains(b.page, `name="`+field+`"`) }

var (
	formTag      = regexp.MustCompile(`<form[^>]*>`)
	inputTag     = regexp.MustCompile(`<input[^>]*>`)
	providerLink = regexp.MustCompile(`<a[^>]*href="/spid/login\?idp=[^"]*demo[^"]*"[^>]*>`)
)

func attribute(tag, name string) string {
	_, rest, found := strings.Cut(tag, " "+name+`="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}
