package web

import (
	"context"
	"crypto/rand"
)

type requestIDKey struct{}

// RequestID is the id the edge gave to the request of ctx: 16 characters of the
// RFC 4648 base32 alphabet, 80 random bits. It is the reference number that
// refusal pages show and that log lines carry; empty outside a request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// withRequestID puts a new id into ctx. An id sent by the caller is never taken
// over: it could join one request's log lines to another's.
func withRequestID(ctx context.Context) (context.Context, string) {
	id := rand.Text()[:16]
	return context.WithValue(ctx, requestIDKey{}, id), id
}
