package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed templates
var templateFiles embed.FS

// names of the pages; each has templates/<name>.html, which fills "title" and
// "main" of templates/layout.html. The data of a page is the business of the room
// that shows it (saml/pages.go), save that of "refusal", which web shows too.
var pageNames = []string{"home", "login", "choice", "post", "logout", "refusal"}

// Pages renders the pages that people see.
type Pages struct {
	byName map[string]*template.Template
	https  bool
}

// NewPages prepares the pages of the service called name (shown at the head of
// each) at baseURL.
func NewPages(name, baseURL string) *Pages {
	p := &Pages{byName: map[string]*template.Template{}, https: isHTTPS(baseURL)}
	layout := template.New("layout.html").Funcs(template.FuncMap{
		"service": func() string { return name },
		"static":  staticURL,
	})
	template.Must(layout.ParseFS(templateFiles, "templates/layout.html"))
	for _, page := range pageNames {
		t := template.Must(layout.Clone())
		p.byName[page] = template.Must(t.ParseFS(templateFiles, "templates/"+page+".html"))
	}
	return p
}

// Page answers with the page called name. A name or data that the templates do not
// know is a fault in the program: Page panics before anything is sent, and the
// edge answers 500.
func (p *Pages) Page(w http.ResponseWriter, _ *http.Request, status int, name string, data any) {
	page, ok := p.byName[name]
	if !ok {
		panic(fmt.Sprintf("web: no page %q", name))
	}
	var body bytes.Buffer
	if err := page.Execute(&body, data); err != nil {
		panic(fmt.Errorf("web: page %s: %w", name, err))
	}
	if name == "post" {
		w.Header().Set("Content-Security-Policy", messagePolicy(p.https))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body.Bytes())
}

// Home is the handler of the front page. loginURL is the path where a person
// starts to log in; without one the page offers no login.
func (p *Pages) Home(loginURL string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Page(w, r, http.StatusOK, "home", struct{ LoginURL string }{loginURL})
	})
}
