package registry_test

import (
	"testing"

	"varco/registry"
)

func TestBlock(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.worker(esempi, "co-sare-gestione@group")
		in := w.enter(esempi)
		company, citizen := w.session(esempi, string(meccanica)), w.session(esempi, registry.Citizen)
		w.remember()
		w.needs(w.Block(ctx, w.officer, esempiTwin)) // any variant of the code is the person
		w.needs(w.Block(ctx, w.officer, esempi))
		if e := w.only(); e.Act != registry.ActBlock || e.Person != c.PersonID || e.Actor != "OFFICER:rita" || e.Outcome != registry.Done {
			t.Errorf("entry %+v", e)
		}
		if w.holds(company) || w.holds(citizen) || w.effective(c.ID) != nil || w.read(c.ID).Status(w.Now()) != registry.StatusBlocked {
			t.Errorf("blocked: sessions %v %v, effective %q, %s", w.holds(company), w.holds(citizen), w.effective(c.ID), w.read(c.ID).Status(w.Now()))
		}
		wantEnded(t, w.notices(), company, citizen)
		_, err := w.Choose(ctx, in.VisitCookie, registry.Citizen, everything, "")
		refused(t, err, registry.NotFound, "not logged in")
		visit, _, err := w.StartVisit(ctx, registry.Ask{LoginCookie: in.LoginCookie})
		if err != nil || visit.LoginID != "" {
			t.Errorf("the old login opens a new visit: %+v, %v", visit, err)
		}

		w.remember()
		w.needs(w.Unblock(ctx, w.officer, esempi))
		w.needs(w.Unblock(ctx, w.officer, esempi))
		w.wantTrail("person.unblock DONE")
		if len(w.effective(c.ID)) != 1 || w.holds(company) || w.holds(citizen) {
			t.Errorf("unblocked: effective %q, old sessions %v %v", w.effective(c.ID), w.holds(company), w.holds(citizen))
		}
		visit, _, err = w.StartVisit(ctx, registry.Ask{LoginCookie: in.LoginCookie})
		if err != nil || visit.LoginID != "" {
			t.Errorf("the old login came back: %+v, %v", visit, err)
		}
	})
}

func TestBlockNobody(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		refused(t, w.Block(ctx, w.officer, fintoni), registry.NotFound, "not found")
		refused(t, w.Unblock(ctx, w.officer, fintoni), registry.NotFound, "not found")
		w.wantTrail("person.block REFUSED", "person.unblock REFUSED")
	})
}

func TestBlockTogether(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.enter(collaudini)
		w.remember()
		if errs := together(16, func(int) error { return w.Block(ctx, w.officer, collaudini) }); len(errs) > 0 {
			t.Errorf("refused: %v", errs)
		}
		w.wantTrail("person.block DONE")
	})
}
