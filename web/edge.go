package web

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"varco/registry"
)

// DefaultMaxBody is the most bytes of a request body that are read, unless the
// configuration says otherwise. A SAML answer of 256 KiB is 342 KiB in base64.
const DefaultMaxBody = 1 << 20

// Edge is what [NewEdge] needs to know.
type Edge struct {
	Pages *Pages
	Log   *slog.Logger
	Now   func() time.Time
	// BaseURL is the address people see, scheme and host. Requests from a page of
	// this origin are our own; https switches HSTS on.
	BaseURL string
	// MaxBody is in bytes; zero means DefaultMaxBody.
	MaxBody int64
	// Larger has the paths whose bodies may have another number of bytes.
	Larger map[string]int64
	// CrossSite lists the ServeMux patterns that other sites' pages post to by
	// design: SAML's HTTP-POST binding (saml-bindings-2.0 §3.5) at the assertion
	// consumer and the single sign-on service. They must not act on a cookie alone.
	CrossSite []string
}

type edge struct {
	Edge
	next    http.Handler
	origins *http.CrossOriginProtection
	hsts    bool
}

// NewEdge wraps next, usually the program's ServeMux, in the edge. It reports a
// BaseURL that is not an origin.
func NewEdge(e Edge, next http.Handler) (http.Handler, error) {
	if e.MaxBody == 0 {
		e.MaxBody = DefaultMaxBody
	}
	origins := http.NewCrossOriginProtection()
	if err := origins.AddTrustedOrigin(e.BaseURL); err != nil {
		return nil, err
	}
	for _, pattern := range e.CrossSite {
		origins.AddInsecureBypassPattern(pattern)
	}
	return &edge{Edge: e, next: next, origins: origins, hsts: isHTTPS(e.BaseURL)}, nil
}

// ServeHTTP must not copy the request after the id is in its context: the mux
// writes the route's pattern into the request that the access line reads.
func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, id := withRequestID(r.Context())
	r = r.WithContext(ctx)
	limit, ok := e.Larger[r.URL.Path]
	if !ok {
		limit = e.MaxBody
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	rec := &recorder{ResponseWriter: w}
	defer e.logAccess(rec, r, id, e.Now())
	defer e.recoverPanic(rec, r, id)

	rec.Header().Set("X-Request-Id", id)
	setSecurityHeaders(rec.Header(), e.hsts)
	if err := e.origins.Check(r); err != nil {
		e.Pages.Refuse(rec, r, &registry.Error{
			Kind: registry.Forbidden,
			Msg:  "La richiesta viene dalla pagina di un altro sito.",
			Err:  err,
		})
		return
	}
	e.next.ServeHTTP(rec, r)
}

// recoverPanic turns a panic into an answer that says nothing, and one log line
// with the stack. An answer already begun cannot be taken back: it is cut off, so
// that nobody takes it for whole.
func (e *edge) recoverPanic(rec *recorder, r *http.Request, id string) {
	fault := recover()
	if fault == nil {
		return
	}
	if fault == http.ErrAbortHandler {
		panic(fault)
	}
	e.Log.ErrorContext(r.Context(), "panic", "request_id", id, "panic", fault, "stack", string(debug.Stack()))
	if rec.status != 0 {
		panic(http.ErrAbortHandler)
	}
	e.Pages.Refuse(rec, r, &registry.Error{Kind: registry.Internal})
}
