package demo_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"varco/cmd/varco/demo"
)

func TestClockMovesOnly(t *testing.T) {
	clock, err := demo.NewClock("")
	if err != nil {
		t.Fatal(err)
	}
	start := clock.Now()
	for _, tc := range []struct {
		name, method, body string
		status             int
		least              time.Duration // how far the clock stands ahead afterwards, at least
	}{
		{"reads", "GET", "", 200, 0},
		{"advances", "POST", `{"advance":"120h"}`, 200, 120 * time.Hour},
		{"stands", "POST", `{"advance":"0s"}`, 200, 120 * time.Hour},
		{"sets", "POST", `{"now":"` + start.Add(200*time.Hour).Format(time.RFC3339Nano) + `"}`, 200, 200 * time.Hour},
		{"goes not back by duration", "POST", `{"advance":"-1s"}`, 400, 200 * time.Hour},
		{"goes not back by instant", "POST", `{"now":"` + start.Format(time.RFC3339) + `"}`, 400, 200 * time.Hour},
		{"goes not back by going too far", "POST", `{"advance":"2562047h"}`, 400, 200 * time.Hour},
		{"wants one", "POST", `{}`, 400, 200 * time.Hour},
		{"wants one only", "POST", `{"advance":"1h","now":"2030-01-01T00:00:00Z"}`, 400, 200 * time.Hour},
		{"wants a duration", "POST", `{"advance":"tomorrow"}`, 400, 200 * time.Hour},
		{"wants known keys", "POST", `{"back":"1h"}`, 400, 200 * time.Hour},
		{"wants a method", "DELETE", "", 405, 200 * time.Hour},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			clock.ServeHTTP(w, httptest.NewRequest(tc.method, "/demo/clock", strings.NewReader(tc.body)))
			if w.Code != tc.status {
				t.Errorf("status %d, want %d: %s", w.Code, tc.status, w.Body)
			}
			if tc.status == http.StatusOK && !strings.HasPrefix(w.Body.String(), `{"now":"`) {
				t.Errorf("answer %s", w.Body)
			}
			if ahead := clock.Now().Sub(start); ahead < tc.least || ahead > tc.least+time.Hour {
				t.Errorf("the clock is %v ahead, want %v", ahead, tc.least)
			}
		})
	}
}

func TestClockKeepsItsLead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clock")
	first, err := demo.NewClock(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Advance(50 * time.Hour); err != nil {
		t.Fatal(err)
	}
	second, err := demo.NewClock(file)
	if err != nil {
		t.Fatal(err)
	}
	if second.Now().Before(first.Now().Add(-time.Minute)) {
		t.Error("a restarted clock went back")
	}
}
