package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// readyWithin bounds one readiness check: a database that hangs is not ready.
const readyWithin = 2 * time.Second

// Healthz answers 200 while the process serves requests; it asks nothing else, so
// that a database outage does not get the process restarted.
func Healthz() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "ok\n")
	})
}

// Readyz answers 200 when ready returns nil within two seconds, else 503. The
// reason goes to the log, not to the caller.
func Readyz(ready func(context.Context) error, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		if err := ready(ctx); err != nil {
			log.WarnContext(ctx, "not ready", "request_id", RequestID(ctx), "error", err)
			answer(w, http.StatusServiceUnavailable, "not ready\n")
			return
		}
		answer(w, http.StatusOK, "ready\n")
	})
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, text)
}
