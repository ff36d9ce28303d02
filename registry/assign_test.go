package registry_test

import (
	"slices"
	"testing"

	"varco/registry"
)

func TestAssign(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		const name = "co-sare-gestione@unit:MO01"
		ent := entitlements(name)[0]
		assign := func(m registry.MemberDelta) (bool, error) { return w.Assign(ctx, w.hr, w.company.ID, ent, m) }
		a, b := w.worker(collaudini), w.worker(provini, name)
		session := w.session(provini, string(meccanica))
		w.remember()
		changed, err := assign(registry.MemberDelta{Join: []registry.CollaboratorID{a.ID, b.ID, a.ID}, Leave: []registry.CollaboratorID{"deleted"}})
		if err != nil || !changed || !slices.Equal(w.effective(a.ID), []string{name}) || w.read(b.ID).Version != b.Version {
			t.Errorf("changed %v, %v; effective %q, version %d", changed, err, w.effective(a.ID), w.read(b.ID).Version)
		}
		if e := w.only(); len(e.Changes) != 1 || e.Changes[0].Field != "members:"+string(a.ID) || e.Changes[0].After != name {
			t.Errorf("entry %+v", e)
		}
		if !w.holds(session) {
			t.Error("a session ended although nothing was revoked")
		}
		w.remember()
		changed, err = assign(registry.MemberDelta{Join: []registry.CollaboratorID{a.ID}, Only: true})
		if err != nil || !changed || len(w.effective(b.ID)) != 0 || w.holds(session) {
			t.Errorf("replaced: changed %v, %v; %q remain, session holds %v", changed, err, w.effective(b.ID), w.holds(session))
		}
		holders, err := w.Holders(ctx, w.hr, w.company.ID, ent, 10)
		if err != nil || len(holders) != 1 || holders[0].ID != a.ID {
			t.Errorf("held by %v, %v", holders, err)
		}
		w.remember()
		if changed, err := assign(registry.MemberDelta{Join: []registry.CollaboratorID{a.ID}, Leave: []registry.CollaboratorID{b.ID}}); changed || err != nil {
			t.Errorf("nothing to do: %v, %v", changed, err)
		}
		w.wantTrail()
	})
}

// All or nothing, and the refusal names the member and the rule.
func TestAssignRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		a, gone := w.worker(collaudini), w.worker(provini)
		_, err := w.End(ctx, w.hr, w.company.ID, gone.ID, "")
		w.needs(err)
		before := w.state()
		for _, tc := range []struct {
			entitlement string
			second      registry.CollaboratorID
			kind        registry.Kind
			words       string
		}{
			{"co-sare-gestione@group", gone.ID, registry.Invalid, "members: " + string(gone.ID) + ": entitlements: the employment has ended"},
			{"co-sare-gestione@group", "stranger", registry.Invalid, `members: "stranger" is no collaborator`},
			{"operatore-agenda@group", a.ID, registry.Forbidden, "members: " + string(a.ID) + ": entitlements: RESERVED_PROFILE"},
			{"amministratore@group", a.ID, registry.Forbidden, "ADMIN_GRANT_SCOPE"},
			{"offerte-lavoro-gestione@group", a.ID, registry.Invalid, "not granted at level GROUP"},
			{"tirocini-promotore-validatore@unit:MO01", a.ID, registry.Invalid, "PROMOTORE_TIROCINIO"},
		} {
			m := registry.MemberDelta{Join: []registry.CollaboratorID{a.ID, tc.second}}
			_, err := w.Assign(ctx, w.hr, w.company.ID, entitlements(tc.entitlement)[0], m)
			refused(t, err, tc.kind, tc.words)
		}
		if w.state() != before {
			t.Error("a refusal changed something")
		}
	})
}
