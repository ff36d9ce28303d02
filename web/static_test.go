package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"varco/web"
)

func TestWhatPagesLinkToIsServed(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle(web.StaticRoute())
	_, body := render(t, https, "post", pages["post"])
	links := regexp.MustCompile(`/static/[0-9a-f]{12}/[a-z.]+`).FindAllString(body, -1)
	types := map[string]string{".css": "text/css", ".svg": "image/svg+xml", ".js": "text/javascript"}
	if len(links) != len(types) {
		t.Fatalf("links %v, expected one of each %v", links, types)
	}
	for _, link := range links {
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, httptest.NewRequest("GET", link, nil))
		want := types[link[strings.LastIndex(link, "."):]]
		if rec.Code != 200 || !strings.HasPrefix(rec.Header().Get("Content-Type"), want) || rec.Body.Len() == 0 {
			t.Errorf("%s: status %d, type %s, %d bytes", link, rec.Code, rec.Header().Get("Content-Type"), rec.Body.Len())
		}
		if got := rec.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q, expected immutable", link, got)
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	mux := http.NewServeMux()
	pattern, handler := web.StaticRoute()
	mux.Handle(pattern, handler)
	root := strings.TrimSuffix(strings.TrimPrefix(pattern, "GET "), "{file}")
	for _, path := range []string{root, root + "missing.css", root + "..%2fweb.go", "/static/000000000000/style.css"} {
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if rec.Code == 200 || strings.Contains(rec.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, Cache-Control %q", path, rec.Code, rec.Header().Get("Cache-Control"))
		}
	}
}
