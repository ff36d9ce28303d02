package registry_test

import (
	"slices"
	"testing"

	"varco/registry"
)

// The administrator's profile opens nothing before its holder has accepted the
// conditions of use; the other profiles do (L2-01).
func TestAcceptPolicy(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		w.enter(collaudini)
		d := draft(collaudini, "amministratore@group", "co-sare-gestione@group")
		d.Stable = true
		c, err := w.Hire(ctx, w.client(w.company, registry.Scopes()...), w.company.ID, d)
		w.needs(err)
		if got := w.effective(c.ID); !slices.Equal(got, []string{"co-sare-gestione@group"}) {
			t.Errorf("before the acceptance %q have effect", got)
		}
		w.remember()
		w.needs(w.AcceptPolicy(ctx, c.PersonID, w.company.ID, "request-5"))
		w.needs(w.AcceptPolicy(ctx, c.PersonID, w.company.ID, "request-6"))
		if e := w.only(); e.Act != registry.ActAcceptPolicy || e.Actor != "PERSON:"+string(c.PersonID) || e.Target != string(c.ID) || e.Request != "request-5" || e.Company != w.company.ID {
			t.Errorf("entry %+v", e)
		}
		if got := w.effective(c.ID); !slices.Equal(got, []string{"amministratore@group", "co-sare-gestione@group"}) {
			t.Errorf("after the acceptance %q have effect", got)
		}
		if got := w.read(c.ID); got.Version != 2 || !got.PolicyAcceptedAt.Equal(w.Now()) {
			t.Errorf("version %d, accepted at %s", got.Version, got.PolicyAcceptedAt)
		}
		refused(t, w.AcceptPolicy(ctx, c.PersonID, w.elsewhere.ID, ""), registry.NotFound, "no collaboration with this company")
		refused(t, w.AcceptPolicy(ctx, "nobody", w.company.ID, ""), registry.NotFound, "no collaboration with this company")
	})
}
