package web

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"
)

// Limits bounds what one connection may cost. The zero value of a field means its
// default.
type Limits struct {
	HeaderBytes int           // request line and headers; default 64 KiB: a SAML message in a query may take 16
	ReadHeader  time.Duration // from the first byte to the end of the headers; default 5 s
	Read        time.Duration // to the end of the body; default 15 s
	Write       time.Duration // to the end of the answer; default 30 s
	Idle        time.Duration // between two requests; default 60 s
}

// NewServer is an http.Server with every limit set, so that a slow or silent
// client cannot hold a connection for ever. What net/http itself has to say (TLS
// handshakes, malformed requests) goes to log as warnings.
func NewServer(addr string, handler http.Handler, limits Limits, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           handler,
		MaxHeaderBytes:    cmp.Or(limits.HeaderBytes, 64<<10),
		ReadHeaderTimeout: cmp.Or(limits.ReadHeader, 5*time.Second),
		ReadTimeout:       cmp.Or(limits.Read, 15*time.Second),
		WriteTimeout:      cmp.Or(limits.Write, 30*time.Second),
		IdleTimeout:       cmp.Or(limits.Idle, 60*time.Second),
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
