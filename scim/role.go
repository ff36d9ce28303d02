package scim

import (
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

// A User's roles are its entitlements under another name, for senders that know roles only: the same grants, the same
// values, the same checks.

// rolesOf shows the grants as roles. The only one is the primary one, so that roles[primary eq "True"], which is how
// Entra ID names the one role it knows, replaces it.
func rolesOf(entitlements []any) []any {
	var list []any
	for _, v := range entitlements {
		role := clone(v).(*object)
		if len(entitlements) == 1 {
			role.set("primary", true)
		}
		list = append(list, role)
	}
	return list
}

// agreeOnRights brings roles and entitlements of a whole document to one list, in entitlements. The spelling that
// differs from what stands is the one that was meant; where both do, they must say the same.
func agreeOnRights(current, next *object) error {
	was, byRole, byName := rightsIn(current, "entitlements"), rightsIn(next, "roles"), rightsIn(next, "entitlements")
	next.set("roles", nil)
	switch {
	case sameRights(byRole, was):
		return nil
	case sameRights(byName, was) || sameRights(byName, byRole):
		setRights(next, byRole)
		return nil
	}
	return refuse(scimerrors.ScimTypeInvalidValue, "entitlements, roles: both name the granted profiles and contradict each other")
}

// mergeRights does the same for a document changed by operations, where what was done to either spelling counts: what
// stood less what either lacks, and all that either adds.
func mergeRights(current, next *object) {
	was, byRole, byName := rightsIn(current, "entitlements"), rightsIn(next, "roles"), rightsIn(next, "entitlements")
	next.set("roles", nil)
	if sameRights(byRole, was) {
		return
	}
	var list []string
	for _, v := range slices.Concat(byName, byRole) {
		stays := slices.Contains(byName, v) && slices.Contains(byRole, v)
		if (stays || !slices.Contains(was, v)) && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	setRights(next, list)
}

func setRights(doc *object, values []string) {
	var list []any
	for _, v := range values {
		list = append(list, obj("value", v))
	}
	doc.set("entitlements", list)
}

// rightsIn lists the values of an attribute of doc.
func rightsIn(doc *object, name string) []string {
	var list []string
	for _, v := range doc.list(name) {
		list = append(list, v.(*object).text("value"))
	}
	return list
}

func sameRights(a, b []string) bool {
	in := func(list []string) func(string) bool {
		return func(v string) bool { return !slices.Contains(list, v) }
	}
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}

// roleValue reads what Entra ID makes of an app role: a text that is itself JSON, {"id","value","displayName"}. What is
// no such text stands for itself, and is refused where it is granted: never before an end that came with it is done.
func roleValue(s string) string {
	if !strings.HasPrefix(s, "{") {
		return s
	}
	role, err := decode([]byte(s))
	if err != nil {
		return s
	}
	v, _ := role.find("value")
	if value, ok := v.(string); ok {
		return value
	}
	return s
}
