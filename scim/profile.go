package scim

import (
	"net/http"
	"slices"
	"time"

	"varco/registry"
)

// findRights lists what can be granted in the form of a resource type: entitlementType, roleType or oktaType.
func findRights(rt *resourceType) func(*server, *exchange, page) (found, error) {
	return func(s *server, x *exchange, p page) (found, error) {
		projection, err := newProjection(rt, x.query)
		if err != nil {
			return found{}, err
		}
		all, err := s.rights(x, rt)
		if err != nil {
			return found{}, err
		}
		f, err := x.findAmong(rt, all, p, nil)
		for i, doc := range f.shown {
			f.shown[i] = projection.apply(doc)
		}
		return f, err
	}
}

func getRight(rt *resourceType) func(*server, *exchange) (answer, error) {
	return func(s *server, x *exchange) (answer, error) {
		p, err := newProjection(rt, x.query)
		if err != nil {
			return answer{}, err
		}
		all, err := s.rights(x, rt)
		if err != nil {
			return answer{}, err
		}
		i := slices.IndexFunc(all, func(doc *object) bool { return doc.text("id") == x.id })
		if i < 0 {
			return answer{}, absentResource(rt)
		}
		return x.resource(http.StatusOK, all[i], all[i].child("meta").text("version"), p), nil
	}
}

// rights is every profile of the catalogue at every place of the company where the table has an X for it.
func (s *server) rights(x *exchange, rt *resourceType) ([]*object, error) {
	all, err := s.grantable(x)
	if err != nil {
		return nil, err
	}
	var list []*object
	for _, g := range all {
		if doc := g.as(rt); doc != nil {
			seal(doc, s.meta(rt, doc.text("id"), time.Time{}, time.Time{}))
			list = append(list, doc)
		}
	}
	return list, nil
}

// grantable is a profile at a place, with why this client cannot grant it there now; "" where it can.
type grantable struct {
	registry.Entitlement
	profile registry.Profile
	reason  string
}

func (s *server) grantable(x *exchange) ([]grantable, error) {
	units, err := s.reg.Units(x.Context(), x.actor, x.company)
	if err != nil {
		return nil, err
	}
	var list []grantable
	now := s.reg.Now()
	for _, p := range registry.Profiles() {
		if p.Allows(registry.LevelGroup) {
			list = append(list, grantable{registry.Entitlement{Profile: p.Code}, p, unsupported(x.client, p, "", now)})
		}
		if !p.Allows(registry.LevelUnit) {
			continue
		}
		for _, u := range units {
			list = append(list, grantable{registry.Entitlement{Profile: p.Code, Unit: u.Code}, p, unsupported(x.client, p, u.Code, now)})
		}
	}
	return list, nil
}

// as shows it in the form of a resource type.
func (g grantable) as(rt *resourceType) *object {
	if rt == oktaType {
		return g.okta()
	}
	p, value := g.profile, g.String()
	return obj(
		"schemas", []any{rt.schema.ID, urnVarcoEntit},
		"id", value, "value", value, "display", displayOf(g.Entitlement), "type", string(g.Level()), "supported", g.reason == "",
		urnVarcoEntit, obj("profile", string(p.Code), "unit", g.Unit, "function", p.Function, "reserved", p.Reserved,
			"requiredTypes", anys(p.AnyType), "requiredQualifications", anys(p.Qualifications), "reason", g.reason),
	)
}

// unsupported says why this client cannot grant the profile on the unit, or on the company where it is "", now, or "".
func unsupported(client registry.Client, p registry.Profile, unit string, now time.Time) string {
	switch {
	case p.Reserved:
		return "RESERVED_PROFILE: granted and revoked by the agency only"
	case !slices.Contains(client.Scopes, registry.ScopeEntitlements):
		return "the client lacks the scope " + string(registry.ScopeEntitlements)
	case client.UnitID != "" && unit != client.UnitCode:
		return "a client of one unit grants and revokes on that unit only"
	case p.Code == registry.ProfileAdministrator && !slices.Contains(client.Scopes, registry.ScopeAdminGrant):
		return "ADMIN_GRANT_SCOPE: the client lacks the scope " + string(registry.ScopeAdminGrant)
	}
	return p.Missing(client.Company, now)
}

func anys(list []string) []any {
	var out []any
	for _, s := range list {
		out = append(out, s)
	}
	return out
}
