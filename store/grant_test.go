package store_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

func (w *world) open(id registry.GrantID, profile registry.ProfileCode, unit registry.UnitID) registry.Grant {
	return registry.Grant{ID: id, CollaboratorID: w.collaborator.ID, Profile: profile, UnitID: unit, GrantedAt: noon, GrantedBy: "x", ValidFrom: noon}
}

func (w *world) held() []string {
	var held []string
	for _, g := range w.find(w.collaborator.ID).Grants {
		held = append(held, g.Entitlement().String())
	}
	return held
}

func TestGrantsAreInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.must(func(tx registry.Tx) error {
			other := w.unit
			other.ID, other.Code, other.ExternalID = "unit-b", "B-1", ""
			return first(tx.InsertUnit(other), tx.InsertGrants([]registry.Grant{
				w.open("g1", "zeta", ""), w.open("g2", "co-sare-gestione", ""), w.open("g3", "co-sare-gestione", "unit-b"),
			}), tx.InsertGrants(nil))
		})
		want := []string{"co-sare-gestione@group", "co-sare-gestione@unit:B-1", "co-sare-gestione@unit:HQ", "zeta@group"}
		if got := w.held(); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestOneOpenGrantOfAProfileAtAPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, unit := range []registry.UnitID{w.unit.ID, ""} {
			again := func(id registry.GrantID) func(registry.Tx) error {
				return func(tx registry.Tx) error {
					return tx.InsertGrants([]registry.Grant{w.open(id, w.grant.Profile, unit)})
				}
			}
			if unit == "" {
				w.must(again("g1"))
			}
			w.refused(registry.Conflict, "entitlements: already granted", again("g2"))
		}
		w.must(func(tx registry.Tx) error {
			return first(tx.EndGrants([]registry.GrantID{w.grant.ID}, noon, "x", registry.EndRevoked),
				tx.InsertGrants([]registry.Grant{w.open("g3", w.grant.Profile, w.unit.ID)}))
		})
	})
}

func TestEndGrants(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, reopen(t, url))
		w.must(func(tx registry.Tx) error { return tx.InsertGrants([]registry.Grant{w.open("g1", "zeta", "")}) })
		end := func(at time.Time, by string) {
			w.must(func(tx registry.Tx) error {
				return first(tx.EndGrants([]registry.GrantID{w.grant.ID, "unknown"}, at, by, registry.EndRevoked), tx.EndGrants(nil, at, by, registry.EndRevoked))
			})
		}
		end(noon, "first")
		end(noon.Add(time.Hour), "second")
		if got := w.held(); !reflect.DeepEqual(got, []string{"zeta@group"}) {
			t.Errorf("still open: %v", got)
		}
		var got string
		err := raw(t, url).QueryRow("SELECT ended_at || ended_by || end_reason FROM entitlement_grant WHERE id = 'grant-a'").Scan(&got)
		if want := fmt.Sprint(noon.UnixMicro(), "first", "REVOKED"); err != nil || got != want {
			t.Errorf("got %s and error %v, want %s", got, err, want)
		}
	})
}

func TestEndUnitGrants(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		bystander := w.someone("collaborator-b", "b")
		w.must(func(tx registry.Tx) error {
			return first(tx.InsertGrants([]registry.Grant{w.open("g1", "zeta", ""), w.open("g2", "eta", w.unit.ID)}), tx.InsertCollaborator(bystander))
		})
		later := noon.Add(time.Hour)
		w.must(func(tx registry.Tx) error { return tx.EndUnitGrants(w.unit.ID, later, "x", registry.EndUnitClosed) })
		holder := w.find(w.collaborator.ID)
		if holder.Version != 2 || !holder.UpdatedAt.Equal(later) || len(holder.Grants) != 1 {
			t.Errorf("got version %d of %s with %v, want version 2 of %s with one grant", holder.Version, holder.UpdatedAt, holder.Grants, later)
		}
		if v := w.find(bystander.ID).Version; v != 1 {
			t.Errorf("a collaborator without a grant on the unit went to version %d", v)
		}
	})
}
