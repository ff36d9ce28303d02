package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"varco/registry"
)

func (w *world) unit(code string) registry.Unit {
	w.t.Helper()
	units, err := w.Units(ctx, w.hr, w.company.ID)
	w.needs(err)
	i := slices.IndexFunc(units, func(u registry.Unit) bool { return u.Code == code })
	if i < 0 {
		w.t.Fatalf("no open unit %s", code)
	}
	return units[i]
}

func (w *world) unitCodes() []string {
	w.t.Helper()
	units, err := w.Units(ctx, w.hr, w.company.ID)
	w.needs(err)
	var codes []string
	for _, u := range units {
		codes = append(codes, u.Code)
	}
	return codes
}

func TestOpenUnit(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@unit:MO01")
		w.remember()
		u, err := w.OpenUnit(ctx, w.hr, w.company.ID, registry.NewUnit{Code: "MO04", Name: "Vignola", ExternalID: "g-4"}, []registry.CollaboratorID{c.ID})
		w.needs(err)
		if e := w.only(); e.Act != registry.ActOpenUnit || e.Target != string(u.ID) {
			t.Errorf("entry %+v", e)
		}
		got, err := w.Unit(ctx, w.hr, w.company.ID, u.ID)
		if err != nil || got != u || got.ExternalID != "g-4" {
			t.Errorf("kept %+v, %v; made %+v", got, err, u)
		}
		member := w.read(c.ID)
		if member.HomeUnitCode != "MO04" || member.Version != 2 {
			t.Errorf("home unit %s, version %d", member.HomeUnitCode, member.Version)
		}
		if got := named(member.Grants); !slices.Equal(got, []string{"co-sare-gestione@unit:MO01"}) {
			t.Errorf("grants %q: none appears by itself on a new unit (A-04)", got)
		}
	})
}

func TestOpenUnitRefused(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		_, err := w.OpenUnit(ctx, w.hr, w.company.ID, registry.NewUnit{Code: "TAKEN", Name: "x", ExternalID: "g-1"}, nil)
		w.needs(err)
		before := w.state()
		w.remember()
		for _, tc := range []struct {
			unit    registry.NewUnit
			members []registry.CollaboratorID
			kind    registry.Kind
			words   string
		}{
			{registry.NewUnit{Code: "", Name: "x"}, nil, registry.Invalid, "unit code: must be 1 to 32"},
			{registry.NewUnit{Code: strings.Repeat("A", 33), Name: "x"}, nil, registry.Invalid, "unit code: must be 1 to 32"},
			{registry.NewUnit{Code: "mo04", Name: "x"}, nil, registry.Invalid, "unit code"},
			{registry.NewUnit{Code: "MO 04", Name: "x"}, nil, registry.Invalid, "unit code"},
			{registry.NewUnit{Code: "MO@4", Name: "x"}, nil, registry.Invalid, "unit code"},
			{registry.NewUnit{Code: "MO04", Name: " "}, nil, registry.Invalid, "unit name: must be 1 to 200 bytes"},
			{registry.NewUnit{Code: "MO04", Name: strings.Repeat("n", 201)}, nil, registry.Invalid, "unit name"},
			{registry.NewUnit{Code: "MO01", Name: "x"}, nil, registry.Conflict, "code: already an open unit of this company"},
			{registry.NewUnit{Code: "MO04", Name: "x", ExternalID: "g-1"}, nil, registry.Conflict, "externalId"},
			{registry.NewUnit{Code: "MO04", Name: "x"}, []registry.CollaboratorID{"stranger"}, registry.Invalid, `members: "stranger" is no collaborator of this company`},
		} {
			_, err := w.OpenUnit(ctx, w.hr, w.company.ID, tc.unit, tc.members)
			refused(t, err, tc.kind, tc.words)
		}
		w.wantTrail(slices.Repeat([]string{"unit.open REFUSED"}, 10)...)
		if w.state() != before {
			t.Error("a refusal changed something")
		}
	})
}

// A unit of all the characters a code may have, named in a grant by its code.
func TestUnitCodeInEntitlement(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		const code = "AZ-09_X.Y"
		_, err := w.OpenUnit(ctx, w.hr, w.company.ID, registry.NewUnit{Code: code, Name: "x"}, nil)
		w.needs(err)
		c := w.worker(collaudini, "co-sare-gestione@unit:"+code)
		if got := w.effective(c.ID); !slices.Equal(got, []string{"co-sare-gestione@unit:" + code}) {
			t.Errorf("effective %q", got)
		}
	})
}

func TestChangeUnit(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		u := w.unit("MO02")
		d := draft(collaudini)
		d.HomeUnit = "MO02"
		inside, outside := w.hireDraft(d), w.hire(provini)
		w.remember()
		change := func(edit func(*registry.UnitDraft, *registry.MemberDelta)) (registry.Unit, bool, error) {
			d, m := registry.UnitDraft{Name: u.Name, ExternalID: u.ExternalID}, registry.MemberDelta{}
			edit(&d, &m)
			return w.ChangeUnit(ctx, w.hr, w.company.ID, u.ID, m, func(registry.Unit) (registry.UnitDraft, error) { return d, nil })
		}
		same, changed, err := change(func(_ *registry.UnitDraft, m *registry.MemberDelta) {
			m.Join, m.Leave = []registry.CollaboratorID{inside.ID}, []registry.CollaboratorID{outside.ID, "deleted"}
		})
		if err != nil || changed || same.Version != 1 || w.read(inside.ID).Version != 1 {
			t.Errorf("who is in joins, who is not leaves: changed %v, version %d, %v", changed, same.Version, err)
		}
		w.wantTrail()
		moved, changed, err := change(func(d *registry.UnitDraft, m *registry.MemberDelta) {
			d.Name, d.ExternalID = "Mirandola", "g-2"
			m.Join, m.Leave = []registry.CollaboratorID{outside.ID, outside.ID}, []registry.CollaboratorID{inside.ID}
		})
		if err != nil || !changed || moved.Name != "Mirandola" || moved.Version != 2 || w.unit("MO02") != moved {
			t.Errorf("changed %v to %+v, %v", changed, moved, err)
		}
		if in, out := w.read(outside.ID), w.read(inside.ID); in.HomeUnitCode != "MO02" || in.HomeUnitName != "Mirandola" || in.Version != 2 || out.HomeUnit != "" {
			t.Errorf("home units %q and %q, version %d", in.HomeUnitCode, out.HomeUnitCode, in.Version)
		}
		w.wantTrail("unit.change DONE")

		before := w.state()
		for words, edit := range map[string]func(*registry.UnitDraft, *registry.MemberDelta){
			"unit name": func(d *registry.UnitDraft, _ *registry.MemberDelta) { d.Name = "" },
			"members: \"stranger\" is no collaborator": func(d *registry.UnitDraft, m *registry.MemberDelta) {
				d.Name, m.Join = "other", []registry.CollaboratorID{inside.ID, "stranger"}
			},
		} {
			_, _, err := change(edit)
			refused(t, err, registry.Invalid, words)
		}
		if w.state() != before {
			t.Error("a refusal changed something")
		}
	})
}

func TestCloseUnit(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@unit:MO01", "co-sare-gestione@unit:MO02")
		other := w.worker(provini, "co-sare-gestione@unit:MO01")
		both, one := w.session(collaudini, string(meccanica)), w.session(provini, string(meccanica))
		w.notices()
		w.remember()
		w.needs(w.CloseUnit(ctx, w.hr, w.company.ID, w.unit("MO02").ID, nil))
		if e := w.only(); e.Act != registry.ActCloseUnit || e.Reason != "UNIT_CLOSED" {
			t.Errorf("entry %+v", e)
		}
		got := w.read(c.ID)
		if !slices.Equal(named(got.Grants), []string{"co-sare-gestione@unit:MO01"}) || got.Version != 2 || w.read(other.ID).Version != 1 {
			t.Errorf("grants %q, versions %d and %d", named(got.Grants), got.Version, w.read(other.ID).Version)
		}
		if w.holds(both) || !w.holds(one) {
			t.Errorf("sessions hold: with a grant on the unit %v, without %v", w.holds(both), w.holds(one))
		}
		wantEnded(t, w.notices(), both)
		_, _, err := w.change(c.ID, func(d *registry.Draft) {
			d.Entitlements = append(d.Entitlements, entitlements("co-sare-gestione@unit:MO02")...)
		})
		refused(t, err, registry.Invalid, "the company has no open unit")
		_, err = w.OpenUnit(ctx, w.hr, w.company.ID, registry.NewUnit{Code: "MO02", Name: "again"}, nil)
		w.needs(err) // its code is free
		if got := named(w.read(c.ID).Grants); len(got) != 1 {
			t.Errorf("with a new unit of the same code come back %q", got)
		}
	})
}

func TestCloseUnitCondition(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		err := w.CloseUnit(ctx, w.hr, w.company.ID, w.unit("MO02").ID, func(u registry.Unit) error {
			return &registry.Error{Kind: registry.Stale, Msg: fmt.Sprintf("version %d of %s", u.Version, u.Code)}
		})
		refused(t, err, registry.Stale, "version 1 of MO02")
		if got := w.unitCodes(); len(got) != 3 {
			t.Errorf("open are %q", got)
		}
	})
}

// The last unit stays, also when all are closed at once (L6-06).
func TestCloseLastUnit(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		units, err := w.Units(ctx, w.hr, w.company.ID)
		w.needs(err)
		errs := together(len(units), func(i int) error { return w.CloseUnit(ctx, w.hr, w.company.ID, units[i].ID, nil) })
		if len(errs) != 1 || len(w.unitCodes()) != 1 {
			t.Fatalf("open are %q, refused %v", w.unitCodes(), errs)
		}
		refused(t, errs[0], registry.Conflict, "a company keeps at least one unit")
		for _, u := range units {
			if u.Code != w.unitCodes()[0] {
				refused(t, w.CloseUnit(ctx, w.hr, w.company.ID, u.ID, nil), registry.NotFound, "not found")
			}
		}
	})
}

// Somebody whose unit was closed has no unit, and is as free as before to stay, to
// move and to leave.
func TestHomeUnitClosed(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		for i, then := range []func(*registry.Draft){
			func(d *registry.Draft) { d.DisplayName = "x" },
			func(d *registry.Draft) { d.HomeUnit = "MO01" },
			func(d *registry.Draft) { d.Active = false },
		} {
			code := fmt.Sprintf("X%d", i)
			u, err := w.OpenUnit(ctx, w.hr, w.company.ID, registry.NewUnit{Code: code, Name: "x"}, nil)
			w.needs(err)
			d := draft(personCode())
			d.HomeUnit = code
			c := w.hireDraft(d)
			w.needs(w.CloseUnit(ctx, w.hr, w.company.ID, u.ID, nil))
			w.clock.advance(time.Minute)
			now, err := w.Collaborator(ctx, w.hr, w.company.ID, c.ID)
			w.needs(err)
			if now.HomeUnitCode != "" {
				t.Errorf("still at home in %s", now.HomeUnitCode)
			}
			w.mustChange(c.ID, then)
		}
	})
}
