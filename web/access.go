package web

import (
	"log/slog"
	"net/http"
	"time"
)

const maxLoggedPath = 200 // bytes

// logAccess writes the one line of a request. The line never holds a query
// string, a header or a body: those carry SAML messages, tokens and filters on
// people's codes. The route's pattern is preferred to the path for the same
// reason; the path stands in only where no route matched.
func (e *edge) logAccess(rec *recorder, r *http.Request, id string, start time.Time) {
	e.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("request_id", id),
		slog.String("method", r.Method),
		slog.String("route", route(r)),
		slog.Int("status", rec.code()),
		slog.Int64("bytes", rec.bytes),
		slog.Duration("duration", e.Now().Sub(start)),
	)
}

func route(r *http.Request) string {
	if r.Pattern != "" && r.Pattern != anyRoute {
		return r.Pattern
	}
	return r.URL.Path[:min(len(r.URL.Path), maxLoggedPath)]
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the header is written
	bytes  int64
}

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && status >= 200 { // 1xx answers precede the real one
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(b []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	n, err := rec.ResponseWriter.Write(b)
	rec.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// code is the status as the client sees it: net/http answers 200 for a handler
// that wrote nothing.
func (rec *recorder) code() int {
	if rec.status == 0 {
		return http.StatusOK
	}
	return rec.status
}
