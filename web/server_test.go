package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"varco/web"
)

func serve(t *testing.T, limits web.Limits) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	echo := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	server := web.NewServer("", echo, limits, slog.New(slog.DiscardHandler))
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return listener.Addr().String()
}

// A client that sends no end to its headers, its body or its silence is let go.
func TestSlowClientsAreLetGo(t *testing.T) {
	soon := 50 * time.Millisecond
	for name, c := range map[string]struct {
		limits web.Limits
		send   string
	}{
		"headers": {web.Limits{ReadHeader: soon}, "GET / HTTP/1.1\r\nHost: x\r\n"},
		"body":    {web.Limits{Read: soon}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"},
		"idle":    {web.Limits{Idle: soon}, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", serve(t, c.limits))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, c.send)
			conn.SetReadDeadline(time.Now().Add(4 * time.Second)) // under every default
			if _, err := io.Copy(io.Discard, conn); err != nil {
				t.Errorf("the connection is still held: %v", err)
			}
		})
	}
}

func TestLargeHeadersAreRefused(t *testing.T) {
	for _, c := range []struct{ limit, size, want int }{{0, 60 << 10, 200}, {0, 80 << 10, 431}, {1 << 10, 16 << 10, 431}} {
		conn, err := net.Dial("tcp", serve(t, web.Limits{HeaderBytes: c.limit}))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("a", c.size))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != c.want {
			t.Errorf("limit %d, headers of %d bytes: status %d, expected %d", c.limit, c.size, resp.StatusCode, c.want)
		}
	}
}

func TestNoTimeoutIsMissing(t *testing.T) {
	s := web.NewServer(":0", nil, web.Limits{}, slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.ErrorLog == nil {
		t.Errorf("a limit is missing: %+v", s)
	}
}

func TestHealth(t *testing.T) {
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	hangs := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, c := range map[string]struct {
		handler http.Handler
		want    int
	}{
		"alive":     {web.Healthz(), 200},
		"ready":     {web.Readyz(func(context.Context) error { return nil }, logger), 200},
		"not ready": {web.Readyz(func(context.Context) error { return errors.New("secret-cause") }, logger), 503},
		"hanging":   {web.Readyz(hangs, logger), 503},
	} {
		rec := httptest.NewRecorder()
		c.handler.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
		if rec.Code != c.want || strings.Contains(rec.Body.String(), "secret") {
			t.Errorf("%s: status %d, body %q, expected %d", name, rec.Code, rec.Body, c.want)
		}
	}
	if !strings.Contains(log.String(), "secret-cause") {
		t.Error("the log does not say why the service is not ready")
	}
}
