package registry_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"varco/registry"
)

// A refusal changes nothing and leaves exactly one entry that says who was refused.
func TestRefusalsAreRecorded(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		s := w.session(collaudini, string(meccanica))
		reader := w.client(w.company, registry.ScopeRead)
		person := registry.Actor{Kind: registry.ActorPerson, ID: string(c.PersonID), Request: "request-9"}
		unit := w.unit("MO01")
		draftOf := func(c registry.Collaborator, now time.Time) (registry.Draft, error) { return c.Draft(now), nil }
		unitDraft := func(u registry.Unit) (registry.UnitDraft, error) { return registry.UnitDraft{Name: "other"}, nil }
		before := w.state()
		for name, tc := range map[string]struct {
			actor  registry.Actor
			act    registry.Act
			target string
			do     func(actor registry.Actor) error
		}{
			"hire": {reader, registry.ActHire, "", func(a registry.Actor) error { return second(w.Hire(ctx, a, w.company.ID, draft(provini))) }},
			"amend": {reader, registry.ActAmend, "", func(a registry.Actor) error {
				_, _, err := w.Amend(ctx, a, w.company.ID, c.ID, draftOf)
				return err
			}},
			"end":    {person, registry.ActAmend, "", func(a registry.Actor) error { return second(w.End(ctx, a, w.company.ID, c.ID, "")) }},
			"delete": {reader, registry.ActDelete, "", func(a registry.Actor) error { return w.Delete(ctx, a, w.company.ID, c.ID, nil) }},
			"open unit": {reader, registry.ActOpenUnit, "", func(a registry.Actor) error {
				return second(w.OpenUnit(ctx, a, w.company.ID, registry.NewUnit{Code: "X", Name: "x"}, nil))
			}},
			"change unit": {reader, registry.ActChangeUnit, "", func(a registry.Actor) error {
				_, _, err := w.ChangeUnit(ctx, a, w.company.ID, unit.ID, registry.MemberDelta{}, unitDraft)
				return err
			}},
			"close unit":   {reader, registry.ActCloseUnit, "", func(a registry.Actor) error { return w.CloseUnit(ctx, a, w.company.ID, unit.ID, nil) }},
			"register":     {person, registry.ActRegisterCompany, "", func(a registry.Actor) error { return second(w.RegisterCompany(ctx, a, newTirocini())) }},
			"freeze":       {w.hr, registry.ActFreezeCompany, "", func(a registry.Actor) error { return w.FreezeCompany(ctx, a, w.company.ID) }},
			"block":        {person, registry.ActBlock, "", func(a registry.Actor) error { return w.Block(ctx, a, collaudini) }},
			"unblock":      {registry.SystemOperator, registry.ActUnblock, "", func(a registry.Actor) error { return w.Unblock(ctx, a, collaudini) }},
			"client":       {w.hr, registry.ActCreateClient, "", func(a registry.Actor) error { _, _, err := w.CreateClient(ctx, a, newClient(w.company)); return err }},
			"revoke":       {person, registry.ActRevokeClient, "", func(a registry.Actor) error { return w.RevokeClient(ctx, a, registry.ClientID(w.hr.ID)) }},
			"unknown id":   {w.hr, registry.ActAmend, "nobody", func(a registry.Actor) error { return second(w.End(ctx, a, w.company.ID, "nobody", "")) }},
			"no such text": {w.hr, registry.ActDelete, "\x00", func(a registry.Actor) error { return w.Delete(ctx, a, w.company.ID, "\x00", nil) }},
		} {
			w.remember()
			err := tc.do(tc.actor)
			if err == nil {
				t.Errorf("%s: not refused", name)
				continue
			}
			e := w.only()
			if e.Outcome != registry.Refused || e.Actor != tc.actor.String() || e.Act != tc.act || e.Target != tc.target ||
				e.Reason != err.Error() || e.Request != tc.actor.Request || e.Changes != nil {
				t.Errorf("%s: %v\nentry %+v", name, err, e)
			}
		}
		if w.state() != before || !w.holds(s) {
			t.Error("a refusal changed something")
		}
	})
}

// The trail says what was answered, and nothing of how the database put it.
func TestRefusalsAreRecordedAsAnswered(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.hire(collaudini)
		other := w.hire(provini)
		w.remember()
		_, _, err := w.change(other.ID, func(d *registry.Draft) { d.UserName = "clLNDR88m28a944b@example.it" })
		refused(t, err, registry.Conflict, "userName: already taken in this company")
		if e := w.only(); e.Reason != "userName: already taken in this company" || e.Changes != nil {
			t.Errorf("the trail says %q, and changes that were not made: %+v", e.Reason, e.Changes)
		}
	})
}

// deafTrail is the real store with a trail that cannot be written.
type deafTrail struct{ registry.Store }

type deafTx struct{ registry.Tx }

var errDeaf = errors.New("the trail's disk is full")

func (s deafTrail) Update(ctx context.Context, fn func(registry.Tx) error) error {
	return s.Store.Update(ctx, func(tx registry.Tx) error { return fn(deafTx{tx}) })
}

func (deafTx) AppendAudit(registry.AuditEntry) error { return errDeaf }

// What cannot be recorded is not done; a refusal that cannot be recorded is not
// given either.
func TestNothingWithoutTrail(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(collaudini, "co-sare-gestione@group")
		s := w.session(collaudini, string(meccanica))
		before := w.state()
		w.remember()
		deaf := registry.New(deafTrail{w.store}, w.clock.Now, secret)
		for name, err := range map[string]error{
			"hire":   second(deaf.Hire(ctx, w.hr, w.company.ID, draft(provini))),
			"end":    second(deaf.End(ctx, w.hr, w.company.ID, c.ID, "")),
			"delete": deaf.Delete(ctx, w.hr, w.company.ID, c.ID, nil),
			"freeze": deaf.FreezeCompany(ctx, w.officer, w.company.ID),
			"block":  deaf.Block(ctx, w.officer, collaudini),
			"unit":   second(deaf.OpenUnit(ctx, w.hr, w.company.ID, registry.NewUnit{Code: "X", Name: "x"}, nil)),
		} {
			if !errors.Is(err, errDeaf) {
				t.Errorf("%s: %v", name, err)
			}
		}
		refused(t, second(deaf.Hire(ctx, w.hr, w.company.ID, registry.Draft{})), registry.Unavailable, "the refusal could not be recorded")
		refused(t, deaf.FreezeCompany(ctx, w.hr, w.company.ID), registry.Unavailable, "the refusal could not be recorded")
		if w.state() != before || !w.holds(s) {
			t.Error("something was done without being recorded")
		}
		w.wantTrail()
	})
}

// A refusal is recorded even when the caller's time has run out meanwhile.
func TestRefusalOfWhoHasGone(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hire(collaudini)
		w.remember()
		gone, leave := context.WithTimeout(ctx, 100*time.Millisecond)
		defer leave()
		_, _, err := w.Amend(gone, w.hr, w.company.ID, c.ID, func(registry.Collaborator, time.Time) (registry.Draft, error) {
			<-gone.Done()
			return registry.Draft{}, &registry.Error{Kind: registry.Invalid, Msg: "field: rule"}
		})
		refused(t, err, registry.Invalid, "field: rule")
		w.wantTrail("collaborator.amend REFUSED")
	})
}

func TestTrailIsForTheAgency(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		mine := w.hire(collaudini)
		_, err := w.Hire(ctx, w.rival, w.elsewhere.ID, draft(provini))
		w.needs(err)
		for _, actor := range []registry.Actor{w.hr, {Kind: registry.ActorPerson, ID: "p"}, {}} {
			_, err := w.Trail(ctx, actor, registry.AuditQuery{Limit: 1})
			refused(t, err, registry.Forbidden, "audit trail")
			_, err = w.PersonByCode(ctx, actor, collaudini)
			refused(t, err, registry.Forbidden, "not looked up")
		}
		for _, actor := range []registry.Actor{w.officer, registry.SystemOperator} {
			entries, err := w.Trail(ctx, actor, registry.AuditQuery{Company: w.company.ID, From: w.mark, Limit: 10})
			if err != nil || len(entries) != 1 || entries[0].Target != string(mine.ID) {
				t.Errorf("%s reads %+v, %v", actor, entries, err)
			}
			p, err := w.PersonByCode(ctx, actor, collaudini)
			if err != nil || p.ID != mine.PersonID {
				t.Errorf("%s finds %+v, %v", actor, p, err)
			}
		}
	})
}

// No code of a person stands whole in the trail.
func TestTrailIsMasked(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		d := registry.Draft{UserName: "a.collaudini", FiscalCode: collaudini, Active: true, Entitlements: entitlements("co-sare-gestione@group")}
		c := w.hireDraft(d)
		w.session(collaudini, string(meccanica))
		w.needs(w.Block(ctx, w.officer, collaudini))
		w.needs(w.Unblock(ctx, w.officer, collaudini))
		_, _, err := w.change(c.ID, func(d *registry.Draft) { d.FiscalCode = provini })
		refused(t, err, registry.Invalid, "fiscalCode")
		d.UserName = "other"
		_, err = w.Hire(ctx, w.hr, w.company.ID, d)
		refused(t, err, registry.Conflict, "fiscalCode")
		all := printed(w.entries())
		for _, code := range []registry.FiscalCode{collaudini, provini} {
			if strings.Contains(all, string(code)) {
				t.Errorf("the trail holds %s", code)
			}
		}
		if got := w.trail(); !slices.Contains(got, "session.open DONE") || len(got) != 7 {
			t.Errorf("the trail holds %q", got)
		}
	})
}
