package registry_test

import (
	"slices"
	"testing"

	"varco/registry"
)

func (w *world) agency() registry.Actor {
	w.t.Helper()
	made, _, err := w.CreateClient(ctx, registry.SystemOperator, registry.NewClient{
		Agency: true, Name: "agency", Scopes: []registry.Scope{registry.ScopeRead}, Lifetime: 1e15,
	})
	w.needs(err)
	return made.Actor("r9")
}

// The agency's client finds who holds a profile in every company, and leaves a
// trace of each question.
func TestAgencyReadsEveryCompany(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		mine := w.hire(collaudini, "co-sare-gestione@group")
		theirs, err := w.Hire(ctx, w.rival, w.elsewhere.ID, draft(collaudini, "co-sare-gestione@group"))
		w.needs(err)
		w.hire(provini)
		agency := w.agency()
		w.remember()
		page, err := w.Collaborators(ctx, agency, registry.Query{
			Where: registry.Compare{Field: registry.FieldEntitlement, Op: registry.Equal, Value: "co-sare-gestione@group"},
			Limit: 10, Text: `entitlements.value eq "co-sare-gestione@group" or fiscalCode eq "` + string(collaudini) + `"`,
		})
		w.needs(err)
		if page.Total != 2 {
			t.Fatalf("found %d", page.Total)
		}
		employers, err := w.Employers(ctx, agency, page.Items)
		w.needs(err)
		if len(employers) != 2 || employers[w.elsewhere.ID].FiscalCode != logistica || employers[w.company.ID].FiscalCode != meccanica {
			t.Errorf("employers %+v", employers)
		}
		for _, c := range []registry.Collaborator{mine, theirs} {
			got, err := w.Collaborator(ctx, agency, "", c.ID)
			w.needs(err)
			if got.CompanyID != c.CompanyID {
				t.Errorf("read %+v", got)
			}
		}
		_, err = w.Collaborator(ctx, agency, "", "nobody")
		refused(t, err, registry.NotFound, "not found")
		asked := `entitlements.value eq "co-sare-gestione@group" or fiscalCode eq "` + collaudini.Masked() + `"`
		if !slices.ContainsFunc(w.entries(), func(e registry.AuditEntry) bool { return len(e.Changes) == 1 && e.Changes[0].After == asked }) {
			t.Errorf("the trail has %+v", w.entries())
		}
		w.wantTrail("agency.read DONE", "agency.read DONE", "agency.read DONE", "agency.read DONE")
		_, err = w.Employers(ctx, w.hr, page.Items)
		refused(t, err, registry.NotFound, "not found")
	})
}

func TestAgencyChangesNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		c := w.hire(collaudini)
		agency := w.agency()
		before := w.state()
		refused(t, second(w.Hire(ctx, agency, w.company.ID, draft(provini))), registry.Forbidden, "reads and changes nothing")
		refused(t, second(w.End(ctx, agency, w.company.ID, c.ID, "")), registry.Forbidden, "reads and changes nothing")
		refused(t, w.Delete(ctx, agency, w.company.ID, c.ID, nil), registry.Forbidden, "reads and changes nothing")
		if w.state() != before {
			t.Error("something changed")
		}
		for words, n := range map[string]registry.NewClient{
			"no company":      {Agency: true, Company: w.company.ID},
			"the scope read":  {Agency: true, Scopes: registry.Scopes()},
			"quota: must be":  {Quota: registry.Quota{Burst: -1}},
			"quota: must be ": {Quota: registry.Quota{PerSecond: 1_000_001}},
		} {
			_, _, err := w.CreateClient(ctx, registry.SystemOperator, n)
			refused(t, err, registry.Invalid, words)
		}
	})
}
