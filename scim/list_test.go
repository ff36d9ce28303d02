package scim

import (
	"net/url"
	"testing"
)

func TestPage(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  page
		err   string
	}{
		{"", page{1, 100}, ""},
		{"startIndex=0&count=0", page{1, 0}, ""},
		{"startIndex=-5&count=-1", page{1, 0}, ""},
		{"startIndex=201&count=1000", page{201, 200}, ""},
		{"startIndex=1.5", page{}, "startIndex: expected an integer"},
		{"count=99999999999", page{}, "count: expected an integer"},
	} {
		query, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := (&exchange{query: query}).page()
		checkRefusal(t, err, "", tt.err)
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
