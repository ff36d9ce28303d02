package scim

import (
	"net/url"
	"testing"
	"time"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

func TestPage(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  page
		kind  scimerrors.ScimType
		err   string
	}{
		{"", page{start: 1, count: 100}, "", ""},
		{"startIndex=0&count=0", page{start: 1}, "", ""},
		{"startIndex=-5&count=-1", page{start: 1}, "", ""},
		{"startIndex=201&count=1000", page{start: 201, count: 200}, "", ""},
		{"startIndex=1.5", page{}, "invalidValue", "startIndex: expected an integer"},
		{"count=99999999999", page{}, "invalidValue", "count: expected an integer"},
		{"cursor=", page{byCursor: true, count: 100}, "", ""},
		{"cursor=&count=200", page{byCursor: true, count: 200}, "", ""},
		{"cursor=&count=201", page{}, "invalidCount", "from 0 to 200"},
		{"cursor=&count=-1", page{}, "invalidCount", "from 0 to 200"},
		{"cursor=&count=ten", page{}, "invalidCount", "from 0 to 200"},
		{"cursor=&startIndex=1", page{}, "invalidValue", "exclude each other"},
		{"cursor=AAAA", page{}, "invalidCursor", "not one that was given"},
		{"cursor=%21", page{}, "invalidCursor", "not one that was given"},
	} {
		query, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		sealing, err := newCursors(make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		s := &server{cursors: sealing, reg: registry.New(nil, time.Now().UTC, make([]byte, 32))}
		got, err := s.page(&exchange{query: query})
		checkRefusal(t, err, tt.kind, tt.err)
		if err == nil && got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.query, got, tt.want)
		}
	}
}

func TestAcceptable(t *testing.T) {
	for header, want := range map[string]bool{
		"": true, "*/*": true, "application/json": true, "application/scim+json; charset=utf-8": true, "text/html": false,
		"text/html, application/*;q=0.1": true, "application/json;q=0": false, "application/json;q=0, */*": true, "nonsense": false,
	} {
		if acceptable(header) != want {
			t.Errorf("%q: acceptable is %v", header, !want)
		}
	}
}
