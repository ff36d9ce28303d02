package scim

import (
	"net/http"
	"slices"
	"strings"
	"time"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// For a client that can only push groups every entitlement it may grant is a group too, where its settings say so:
// who is a member holds it (REQUIREMENTS C.3, kind PROFILE).

// profilePrefix begins the id of a profile's group; the entitlement follows.
const profilePrefix = "profile:"

// isProfile says whether the request is about a profile's group.
func (x *exchange) isProfile() bool {
	return x.client.ProfileGroups && strings.HasPrefix(x.id, profilePrefix)
}

// profileGroups are the entitlements that are groups for this client: those that it may grant.
func (s *server) profileGroups(x *exchange) ([]grantable, error) {
	if !x.client.ProfileGroups {
		return nil, nil
	}
	all, err := s.grantable(x)
	return slices.DeleteFunc(all, func(g grantable) bool { return g.reason != "" }), err
}

// profileGroup is the one that the request is about.
func (s *server) profileGroup(x *exchange) (grantable, error) {
	all, err := s.profileGroups(x)
	if err != nil {
		return grantable{}, err
	}
	i := slices.IndexFunc(all, func(g grantable) bool { return profilePrefix+g.String() == x.id })
	if i < 0 {
		return grantable{}, absentResource(groupType)
	}
	return all[i], nil
}

func (s *server) showProfile(g grantable) (*object, string) {
	id := profilePrefix + g.String()
	doc := obj(
		"schemas", []any{urnGroup, urnVarcoGroup},
		"id", id, "displayName", displayOf(g.Entitlement),
		urnVarcoGroup, obj("kind", kindProfile, "entitlement", g.String(), "status", "ACTIVE"),
	)
	return doc, seal(doc, s.meta(groupType, id, time.Time{}, time.Time{}))
}

func (s *server) getProfileGroup(x *exchange, p projection) (answer, error) {
	g, err := s.profileGroup(x)
	if err != nil {
		return answer{}, err
	}
	doc, version := s.showProfile(g)
	return s.showGroup(x, http.StatusOK, doc, version, p)
}

// addHolders shows who is in a profile's group.
func (s *server) addHolders(x *exchange, group *object) error {
	e, err := registry.ParseEntitlement(strings.TrimPrefix(group.text("id"), profilePrefix))
	if err != nil {
		return err
	}
	holders, err := s.reg.Holders(x.Context(), x.actor, x.company, e, maxMembers)
	var list []any
	for _, m := range holders {
		list = append(list, s.userRef(m))
	}
	group.set("members", list)
	return err
}

// changeProfileGroup grants to those who join and revokes from those who leave. Nothing else of such a group can be
// changed; an externalId is not kept.
func (s *server) changeProfileGroup(x *exchange, delta memberDelta, edit func(*object) (*object, error), status int) (answer, error) {
	p, err := newProjection(groupType, x.query)
	if err != nil {
		return answer{}, err
	}
	g, err := s.profileGroup(x)
	if err != nil {
		return answer{}, err
	}
	doc, version := s.showProfile(g)
	if err := x.expects(version); err != nil {
		return answer{}, err
	}
	next, err := edit(doc)
	if err != nil {
		return answer{}, err
	}
	if next.text("displayName") != doc.text("displayName") || next.child(urnVarcoGroup).text("code") != "" {
		return answer{}, refuse(scimerrors.ScimTypeMutability, "displayName, code: a profile's group keeps its name and has no code; only its members can be changed")
	}
	if _, err := s.reg.Assign(x.Context(), x.actor, x.company, g.Entitlement, registry.MemberDelta(delta)); err != nil {
		return answer{}, err
	}
	if status == http.StatusNoContent && p.only == nil {
		return answer{status: status, version: version}, nil
	}
	return s.showGroup(x, http.StatusOK, doc, version, p)
}

// notAProfile refuses a unit that would be called like a profile's group, and tells the client which one to link.
func (s *server) notAProfile(x *exchange, name string) error {
	all, err := s.profileGroups(x)
	if err != nil {
		return err
	}
	for _, g := range all {
		if strings.EqualFold(displayOf(g.Entitlement), strings.TrimSpace(name)) {
			return &registry.Error{Kind: registry.Conflict, Rule: "uniqueness",
				Msg: "displayName: already the group of a profile, with id " + profilePrefix + g.String()}
		}
	}
	return nil
}

func profileCannotBeDeleted() error {
	return refuseStatus(http.StatusForbidden, "a profile's group cannot be deleted: take its members out of it")
}

// profileRefs are the groups of a collaborator's profiles that are groups for the client.
func (s *server) profileRefs(c registry.Collaborator, client registry.Client, now time.Time) []any {
	if !client.ProfileGroups {
		return nil
	}
	var list []any
	for _, g := range c.Standing(now) {
		e := g.Entitlement()
		if p, err := registry.ProfileByCode(e.Profile); err == nil && unsupported(client, p, e.Unit, now) == "" {
			list = append(list, s.groupRef(profilePrefix+e.String(), displayOf(e), "direct"))
		}
	}
	return list
}
