package registry_test

import (
	"fmt"
	"slices"
	"testing"

	"varco/registry"
)

func (w *world) move(u registry.Unit, m registry.MemberDelta) (bool, error) {
	_, changed, err := w.ChangeUnit(ctx, w.hr, w.company.ID, u.ID, m, func(u registry.Unit) (registry.UnitDraft, error) {
		return registry.UnitDraft{Name: u.Name, ExternalID: u.ExternalID}, nil
	})
	return changed, err
}

func (w *world) membersOf(u registry.Unit) []registry.CollaboratorID {
	w.t.Helper()
	found, err := w.Members(ctx, w.hr, w.company.ID, []registry.UnitID{u.ID}, 1000)
	w.needs(err)
	var ids []registry.CollaboratorID
	for _, m := range found {
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	return ids
}

// The members of a unit are replaced as a whole: who is new joins, who is not named
// leaves, who stays is untouched, and the trail names each who moved.
func TestMembersReplaced(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		const grant = "co-sare-gestione@unit:MO01"
		from, to := w.unit("MO02"), w.unit("MO01")
		stays, leaves, joins := w.worker(collaudini, grant), w.worker(provini, grant), w.worker(esempi)
		for u, ids := range map[registry.Unit][]registry.CollaboratorID{to: {stays.ID, leaves.ID}, from: {joins.ID}} {
			_, err := w.move(u, registry.MemberDelta{Join: ids})
			w.needs(err)
		}
		before := w.read(stays.ID).Version
		w.remember()
		changed, err := w.move(to, registry.MemberDelta{Join: []registry.CollaboratorID{stays.ID, joins.ID, joins.ID}, Only: true})
		if err != nil || !changed {
			t.Fatalf("changed %v, %v", changed, err)
		}
		want := []registry.CollaboratorID{stays.ID, joins.ID}
		slices.Sort(want)
		if got := w.membersOf(to); !slices.Equal(got, want) || len(w.membersOf(from)) != 0 {
			t.Errorf("members %v, want %v", got, want)
		}
		if got := w.read(stays.ID).Version; got != before {
			t.Errorf("who stays went from version %d to %d", before, got)
		}
		if got := named(w.read(leaves.ID).Grants); !slices.Equal(got, []string{grant}) {
			t.Errorf("who left holds %q: a move changes no grant", got)
		}
		moved := w.only().Changes
		for _, c := range []registry.Change{
			{Field: "members:" + string(leaves.ID), Before: string(to.ID)},
			{Field: "members:" + string(joins.ID), Before: string(from.ID), After: string(to.ID)},
		} {
			if !slices.Contains(moved, c) {
				t.Errorf("the trail lacks %+v: %+v", c, moved)
			}
		}
		if len(moved) != 2 {
			t.Errorf("the trail has %+v", moved)
		}
	})
}

// Many go in with one request; one who is not of the company keeps all out.
func TestManyMembersAtOnce(t *testing.T) {
	const many = 300
	onEachEngine(t, func(t *testing.T, w *world) {
		u := w.unit("MO01")
		var ids []registry.CollaboratorID
		for i := range many {
			c, err := w.Hire(ctx, w.hr, w.company.ID, registry.Draft{UserName: fmt.Sprintf("u%d", i), Active: true})
			w.needs(err)
			ids = append(ids, c.ID)
		}
		stranger, err := w.Hire(ctx, w.rival, w.elsewhere.ID, registry.Draft{UserName: "x", Active: true})
		w.needs(err)
		for _, bad := range []registry.CollaboratorID{stranger.ID, registry.CollaboratorID(u.ID), registry.CollaboratorID(w.company.ID), "no\x00body", "\xff"} {
			_, err := w.move(u, registry.MemberDelta{Join: append(slices.Clone(ids), bad)})
			refused(t, err, registry.Invalid, fmt.Sprintf("members: %q is no collaborator of this company", string(bad)))
		}
		if got := w.membersOf(u); len(got) != 0 {
			t.Fatalf("a refusal let %d in", len(got))
		}
		w.remember()
		_, err = w.move(u, registry.MemberDelta{Join: ids})
		w.needs(err)
		if got := w.membersOf(u); len(got) != many || len(w.only().Changes) != many {
			t.Errorf("%d of %d are in, the trail names %d", len(got), many, len(w.only().Changes))
		}
		staff, err := w.Staff(ctx, w.hr, w.company.ID, 5)
		if err != nil || len(staff) != 5 || staff[0].Name == "" {
			t.Errorf("staff %+v, %v", staff, err)
		}
		_, err = w.move(u, registry.MemberDelta{Only: true})
		w.needs(err)
		if got := w.membersOf(u); len(got) != 0 {
			t.Errorf("%d are left", len(got))
		}
	})
}
