package web_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"varco/registry"
	"varco/web"
)

func TestEveryKindHasItsStatus(t *testing.T) {
	want := map[registry.Kind]int{
		registry.Internal: 500, registry.Invalid: 400, registry.NotFound: 404, registry.Conflict: 409,
		registry.Forbidden: 403, registry.Stale: 412, registry.Unavailable: 503, registry.TooMany: 429,
	}
	for _, kind := range registry.Kinds() {
		for accept, mediaType := range map[string]string{
			"text/html,*/*;q=0.8": "text/html; charset=utf-8",
			"":                    "text/plain; charset=utf-8",
		} {
			rec := httptest.NewRecorder()
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept", accept)
			err := fmt.Errorf("wrapped: %w", &registry.Error{Kind: kind, Msg: "fiscalCode: troppo corto", Err: errors.New("secret-cause")})
			web.NewPages("Prova", https).Refuse(rec, r, err)
			body := rec.Body.String()
			if rec.Code != want[kind] || rec.Header().Get("Content-Type") != mediaType {
				t.Errorf("kind %v: status %d, type %s", kind, rec.Code, rec.Header().Get("Content-Type"))
			}
			if strings.Contains(body, "secret") {
				t.Errorf("kind %v: the cause is told: %s", kind, body)
			}
			if told := strings.Contains(body, "fiscalCode: troppo corto"); told == (kind == registry.Internal) {
				t.Errorf("kind %v: message told: %v", kind, told)
			}
		}
	}
}

func TestUnknownErrorsSayNothing(t *testing.T) {
	rec := httptest.NewRecorder()
	web.NewPages("Prova", https).Refuse(rec, httptest.NewRequest("GET", "/", nil), errors.New("secret-cause"))
	if rec.Code != 500 || strings.Contains(rec.Body.String(), "secret") {
		t.Errorf("status %d: %s", rec.Code, rec.Body)
	}
}
