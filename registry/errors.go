package registry

import (
	"errors"
	"fmt"
)

// Kind says what sort of refusal an [Error] is. The zero kind is Internal, so an
// error nobody classified says nothing to the outside.
type Kind int

// The kinds of refusal. Each protocol room maps them in one place, its errors.go.
const (
	Internal    Kind = iota // a fault of ours; its text is for the log
	Invalid                 // the request breaks a rule about a value
	NotFound                // no such thing, or not the actor's to see
	Conflict                // the state of the registry forbids it
	Forbidden               // the actor may not
	Stale                   // the version asked for is no longer current
	Unavailable             // the store does not answer; the caller may retry
	TooMany                 // over a limit; the caller may retry later
)

// Kinds lists every kind, for tests that range over all of them.
func Kinds() []Kind {
	return []Kind{Internal, Invalid, NotFound, Conflict, Forbidden, Stale, Unavailable, TooMany}
}

// Error is a refusal. Msg names the field and the rule and is safe to show; Err
// is for the log only.
type Error struct {
	Kind Kind
	// Rule is the machine-readable name of the rule where a protocol has one to
	// tell: "uniqueness", "mutability", "RESERVED_PROFILE", "ADMIN_GRANT_SCOPE".
	Rule string
	Msg  string
	Err  error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Msg + ": " + e.Err.Error()
	}
	return e.Msg
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of err; any error that is not an [Error] is Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

func refuse(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

func refuseRule(kind Kind, rule, format string, args ...any) *Error {
	return &Error{Kind: kind, Rule: rule, Msg: fmt.Sprintf(format, args...)}
}
