package scim

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"varco/registry"
)

// TestEveryKindHasItsStatus ranges over all kinds of refusal of the registry.
func TestEveryKindHasItsStatus(t *testing.T) {
	want := map[registry.Kind]int{
		registry.Internal: 500, registry.Invalid: 400, registry.NotFound: 404, registry.Conflict: 409,
		registry.Forbidden: 403, registry.Stale: 412, registry.Unavailable: 503, registry.TooMany: 429,
	}
	for _, kind := range registry.Kinds() {
		err := fmt.Errorf("wrapped: %w", &registry.Error{Kind: kind, Msg: "field: rule", Err: errors.New("pq: secret")})
		told := scimError(err)
		if told.Status != want[kind] {
			t.Errorf("kind %d: status %d, want %d", kind, told.Status, want[kind])
		}
		if strings.Contains(told.Error(), "secret") || (told.Detail == "field: rule") == (kind == registry.Internal) {
			t.Errorf("kind %d: told %v", kind, told)
		}
	}
	if told := scimError(errors.New("pq: secret")); told.Status != 500 || strings.Contains(told.Error(), "secret") {
		t.Errorf("an unknown error told %v", told)
	}
}

// A client whose credentials went while its request was under way is told what it
// would have been told a moment later.
func TestTheDismissedAreUnauthorized(t *testing.T) {
	if told := scimError(&registry.Error{Kind: registry.Forbidden, Rule: "credentials"}); told.Status != 401 {
		t.Errorf("status %d, want 401", told.Status)
	}
}

func TestRulesBecomeScimTypes(t *testing.T) {
	for _, tt := range []struct {
		kind registry.Kind
		rule string
		want string
	}{
		{registry.Conflict, "uniqueness", "uniqueness"}, {registry.Conflict, "", ""}, {registry.Invalid, "mutability", "mutability"},
		{registry.Invalid, "", "invalidValue"}, {registry.Forbidden, "RESERVED_PROFILE", ""},
	} {
		told := scimError(&registry.Error{Kind: tt.kind, Rule: tt.rule, Msg: "m"})
		if string(told.ScimType) != tt.want {
			t.Errorf("%d %q: scimType %q, want %q", tt.kind, tt.rule, told.ScimType, tt.want)
		}
	}
	told := scimError(asRefusal(refuse("noTarget", "path: x")))
	if told.ScimType != "noTarget" || told.Status != 400 || told.Detail != "path: x" {
		t.Errorf("a refusal of the protocol came back as %v", told)
	}
}
