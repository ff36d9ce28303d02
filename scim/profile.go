package scim

import (
	"net/http"
	"slices"
	"time"

	"varco/registry"
)

func (s *server) findEntitlements(x *exchange, p page) (found, error) {
	projection, err := newProjection(entitlementType, x.query)
	if err != nil {
		return found{}, err
	}
	all, err := s.entitlements(x)
	if err != nil {
		return found{}, err
	}
	f, err := x.findAmong(entitlementType, all, p, nil)
	for i, doc := range f.shown {
		f.shown[i] = projection.apply(doc)
	}
	return f, err
}

func (s *server) getEntitlement(x *exchange) (answer, error) {
	p, err := newProjection(entitlementType, x.query)
	if err != nil {
		return answer{}, err
	}
	all, err := s.entitlements(x)
	if err != nil {
		return answer{}, err
	}
	i := slices.IndexFunc(all, func(doc *object) bool { return doc.text("id") == x.id })
	if i < 0 {
		return answer{}, absentResource(entitlementType)
	}
	return x.resource(http.StatusOK, all[i], all[i].child("meta").text("version"), p), nil
}

// entitlements is every profile of the catalogue at every place of the company where the table has an X for it.
func (s *server) entitlements(x *exchange) ([]*object, error) {
	units, err := s.reg.Units(x.Context(), x.actor, x.company)
	if err != nil {
		return nil, err
	}
	var list []*object
	now := s.reg.Now()
	for _, p := range registry.Profiles() {
		if p.Allows(registry.LevelGroup) {
			list = append(list, s.entitlement(x, p, "", now))
		}
		if !p.Allows(registry.LevelUnit) {
			continue
		}
		for _, u := range units {
			list = append(list, s.entitlement(x, p, u.Code, now))
		}
	}
	return list, nil
}

func (s *server) entitlement(x *exchange, p registry.Profile, unit string, now time.Time) *object {
	e := registry.Entitlement{Profile: p.Code, Unit: unit}
	reason := unsupported(x, p, now)
	doc := obj(
		"schemas", []any{urnEntitlement, urnVarcoEntit},
		"id", e.String(), "value", e.String(), "display", displayOf(e), "type", string(e.Level()), "supported", reason == "",
		urnVarcoEntit, obj("profile", string(p.Code), "unit", unit, "function", p.Function, "reserved", p.Reserved,
			"requiredTypes", anys(p.AnyType), "requiredQualifications", anys(p.Qualifications), "reason", reason),
	)
	seal(doc, s.meta(entitlementType, e.String(), time.Time{}, time.Time{}))
	return doc
}

// unsupported says why this client cannot grant the profile in its company now, or "".
func unsupported(x *exchange, p registry.Profile, now time.Time) string {
	switch {
	case p.Reserved:
		return "RESERVED_PROFILE: granted and revoked by the agency only"
	case !x.actor.Has(registry.ScopeEntitlements):
		return "the client lacks the scope " + string(registry.ScopeEntitlements)
	case p.Code == registry.ProfileAdministrator && !x.actor.Has(registry.ScopeAdminGrant):
		return "ADMIN_GRANT_SCOPE: the client lacks the scope " + string(registry.ScopeAdminGrant)
	}
	return p.Missing(x.client.Company, now)
}

func anys(list []string) []any {
	var out []any
	for _, s := range list {
		out = append(out, s)
	}
	return out
}
