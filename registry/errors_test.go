package registry

import (
	"errors"
	"fmt"
	"testing"
)

func TestKindOf(t *testing.T) {
	for _, kind := range Kinds() {
		err := error(refuse(kind, "field: rule"))
		if KindOf(err) != kind || KindOf(fmt.Errorf("doing: %w", err)) != kind {
			t.Errorf("kind %d is lost", kind)
		}
	}
	if KindOf(errors.New("disk full")) != Internal {
		t.Error("an error nobody classified is not Internal")
	}
}

func TestErrorKeepsItsCause(t *testing.T) {
	cause := errors.New("disk full")
	err := &Error{Kind: Unavailable, Msg: "the registry does not answer", Err: cause}
	if !errors.Is(err, cause) || err.Error() != "the registry does not answer: disk full" {
		t.Errorf("%v", err)
	}
}

// Only decisions of a rule are refusals; a fault of the machinery leaves no entry.
func TestIsRefusal(t *testing.T) {
	refusals := map[Kind]bool{Invalid: true, NotFound: true, Conflict: true, Forbidden: true, Stale: true}
	for _, kind := range Kinds() {
		if got := isRefusal(refuse(kind, "x")); got != refusals[kind] {
			t.Errorf("kind %d is a refusal: %v", kind, got)
		}
	}
}
