package registry_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"varco/registry"
)

// unitWorld is a company with somebody in each of two units and a client of the first.
type unitWorld struct {
	*world
	local           registry.Actor
	inside, outside registry.Collaborator
	here, there     registry.Unit
}

func newUnitWorld(w *world) unitWorld {
	u := unitWorld{world: w, here: w.unit("MO01"), there: w.unit("MO02")}
	in, out := draft(collaudini, "co-sare-gestione@unit:MO01", "co-sare-gestione@group"), draft(provini, "co-sare-gestione@unit:MO02")
	in.HomeUnit, out.HomeUnit = "MO01", "MO02"
	u.inside, u.outside = w.hireDraft(in), w.hireDraft(out)
	n := newClient(w.company)
	n.Unit, n.Scopes = "MO01", registry.Scopes()
	made, _, err := w.CreateClient(ctx, registry.SystemOperator, n)
	w.needs(err)
	u.local = made.Actor("")
	w.remember()
	return u
}

func (u unitWorld) edit(id registry.CollaboratorID, change func(*registry.Draft)) error {
	_, _, err := u.Amend(ctx, u.local, u.company.ID, id, func(c registry.Collaborator, now time.Time) (registry.Draft, error) {
		d := c.Draft(now)
		change(&d)
		return d, nil
	})
	return err
}

// To a client of one unit, the rest of its company is not there.
func TestUnitClientSeesItsUnitOnly(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		u := newUnitWorld(w)
		for _, q := range []registry.Filter{nil, registry.Compare{Field: registry.FieldActive, Op: registry.Equal, Value: true}, registry.Or{
			registry.Compare{Field: registry.FieldUserName, Op: registry.NotEqual, Value: "x"}, registry.Present{Field: registry.FieldID},
		}} {
			page, err := u.Collaborators(ctx, u.local, registry.Query{Company: u.company.ID, Where: q, Limit: 10})
			w.needs(err)
			if page.Total != 1 || len(page.Items) != 1 || page.Items[0].ID != u.inside.ID {
				t.Errorf("%v: sees %+v", q, page)
			}
		}
		units, err := u.Units(ctx, u.local, u.company.ID)
		w.needs(err)
		if len(units) != 1 || units[0].ID != u.here.ID {
			t.Errorf("sees the units %+v", units)
		}
		w.needs(second(u.Unit(ctx, u.local, u.company.ID, u.here.ID)))
		w.needs(second(u.Collaborator(ctx, u.local, u.company.ID, u.inside.ID)))
		for _, list := range []func() ([]registry.Member, error){
			func() ([]registry.Member, error) { return u.Staff(ctx, u.local, u.company.ID, 10) },
			func() ([]registry.Member, error) {
				return u.Members(ctx, u.local, u.company.ID, []registry.UnitID{u.here.ID, u.there.ID}, 10)
			},
		} {
			members, err := list()
			w.needs(err)
			if len(members) != 1 || members[0].ID != u.inside.ID {
				t.Errorf("sees the members %+v", members)
			}
		}
		if others, err := u.Members(ctx, u.local, u.company.ID, []registry.UnitID{u.there.ID}, 10); err != nil || len(others) > 0 {
			t.Errorf("sees the members %+v of another unit, %v", others, err)
		}
		before := w.state()
		_, _, change := u.ChangeUnit(ctx, u.local, u.company.ID, u.there.ID, registry.MemberDelta{}, func(registry.Unit) (registry.UnitDraft, error) { return registry.UnitDraft{Name: "x"}, nil })
		for verb, err := range map[string]error{
			"Unit":         second(u.Unit(ctx, u.local, u.company.ID, u.there.ID)),
			"ChangeUnit":   change,
			"Collaborator": second(u.Collaborator(ctx, u.local, u.company.ID, u.outside.ID)),
			"Amend":        u.edit(u.outside.ID, func(d *registry.Draft) { d.DisplayName = "x" }),
			"End":          second(u.End(ctx, u.local, u.company.ID, u.outside.ID, "")),
			"Delete":       u.Delete(ctx, u.local, u.company.ID, u.outside.ID, nil),
		} {
			refused(t, err, registry.NotFound, "not found")
			if err == nil {
				t.Errorf("%s was done", verb)
			}
		}
		if w.state() != before {
			t.Error("something changed")
		}
	})
}

// Nobody is moved in or out, and nothing is granted elsewhere.
func TestUnitClientStaysInItsUnit(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		u := newUnitWorld(w)
		before := w.state()
		member := func(join, leave []registry.CollaboratorID) error {
			_, _, err := u.ChangeUnit(ctx, u.local, u.company.ID, u.here.ID, registry.MemberDelta{Join: join, Leave: leave}, func(x registry.Unit) (registry.UnitDraft, error) {
				return registry.UnitDraft{Name: x.Name, ExternalID: x.ExternalID}, nil
			})
			return err
		}
		elsewhere := draft(esempi)
		elsewhere.HomeUnit = "MO02"
		for _, tc := range []struct {
			err   error
			kind  registry.Kind
			words string
		}{
			{u.edit(u.inside.ID, func(d *registry.Draft) { d.HomeUnit = "" }), registry.Forbidden, "department: a client of one unit"},
			{u.edit(u.inside.ID, func(d *registry.Draft) { d.HomeUnit = "MO02" }), registry.Invalid, "department: the company has no open unit"},
			{second(u.Hire(ctx, u.local, u.company.ID, elsewhere)), registry.Invalid, "department: the company has no open unit"},
			{second(u.Hire(ctx, u.local, u.company.ID, draft(esempi, "co-sare-gestione@group"))), registry.Forbidden, "on that unit only"},
			{second(u.Hire(ctx, u.local, u.company.ID, draft(esempi, "co-sare-gestione@unit:MO02"))), registry.Invalid, "no open unit"},
			{u.edit(u.inside.ID, func(d *registry.Draft) { d.Entitlements = entitlements("co-sare-gestione@unit:MO01") }), registry.Forbidden, "on that unit only"},
			{member([]registry.CollaboratorID{u.outside.ID}, nil), registry.Invalid, "no collaborator of this company"},
			{member(nil, []registry.CollaboratorID{u.inside.ID}), registry.Forbidden, "moves nobody in or out"},
			{second(u.OpenUnit(ctx, u.local, u.company.ID, registry.NewUnit{Code: "X", Name: "x"}, nil)), registry.Forbidden, "client of one unit"},
			{u.CloseUnit(ctx, u.local, u.company.ID, u.here.ID, nil), registry.Forbidden, "client of one unit"},
		} {
			refused(t, tc.err, tc.kind, tc.words)
		}
		if w.state() != before {
			t.Error("something changed")
		}
		w.needs(member([]registry.CollaboratorID{u.inside.ID}, []registry.CollaboratorID{u.outside.ID, "nobody"}))
		if w.state() != before {
			t.Error("naming who is in and who is out changed something")
		}
		hired, err := u.Hire(ctx, u.local, u.company.ID, draft(esempi, "co-sare-gestione@unit:MO01"))
		w.needs(err)
		if hired.HomeUnit != u.here.ID {
			t.Errorf("hired into %q", hired.HomeUnitCode)
		}
		w.needs(u.edit(u.inside.ID, func(d *registry.Draft) { d.DisplayName = "x" }))
		w.needs(second(u.End(ctx, u.local, u.company.ID, u.inside.ID, "")))
	})
}

// Every reader of the registry is either looked through or says nothing of other
// units to whom it may answer.
func TestWindowKnowsEveryReader(t *testing.T) {
	through := []string{"Unit", "Units", "Collaborator", "Collaborators", "Staff", "Members", "UnitAnd", "Residents"}
	besides := []string{
		"Audit", "Client", "Clients", "CollaboratorsOf", "Companies", "CompaniesByID", "Company", "CompanyByCode", "Due",
		"Departures", "Employed", "GuardLiftedUntil", "Hold", "Holds", // of what a client is refused, or numbers it is told
		"Login", "LoginByCookie", "LoginRequest", "OpenSessions", "Periods", "Person", "PersonByCode", "Result", "Session", "VisitByCookie",
	}
	reader := reflect.TypeFor[registry.Reader]()
	for m := range reader.Methods() {
		if !slices.Contains(through, m.Name) && !slices.Contains(besides, m.Name) {
			t.Errorf("%s: look at it through window.go, or say here that it needs none", m.Name)
		}
	}
}

// A unit that is closed takes its client with it: it never widens to the company.
func TestUnitClientEndsWithItsUnit(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		n := newClient(w.company)
		n.Unit = "MO03"
		_, token, err := w.CreateClient(ctx, registry.SystemOperator, n)
		w.needs(err)
		client, err := w.Authenticate(ctx, token)
		w.needs(err)
		if client.UnitCode != "MO03" || client.Actor("").Unit != w.unit("MO03").ID {
			t.Errorf("acts as %+v", client)
		}
		w.needs(w.CloseUnit(ctx, w.hr, w.company.ID, w.unit("MO03").ID, nil))
		_, err = w.Authenticate(ctx, token)
		refused(t, err, registry.Forbidden, "bearer token")
		_, _, err = w.CreateClient(ctx, registry.SystemOperator, n)
		refused(t, err, registry.Invalid, "unit: the company has no open unit")
	})
}
