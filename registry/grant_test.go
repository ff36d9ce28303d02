package registry

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A case is one grant with everything that decides whether it opens anything.
type effectCase struct {
	g   Grant
	c   Collaborator
	co  Company
	now time.Time
}

func (e effectCase) effect() Effect { return EffectOf(e.g, e.c, e.co, e.now) }

// inForce is a grant for which every condition holds.
func inForce() effectCase {
	e := effectCase{
		g: Grant{ID: "grant", Profile: "tirocini-promotore-validatore", UnitID: "unit", UnitCode: "RA01", ValidFrom: romeDay(2027, 1, 12)},
		c: standing(),
		co: Company{ID: "company", State: CompanyActive, Types: []string{"PROMOTORE_TIROCINIO"},
			Qualifications: []Qualification{{Kind: "PROMOTORE", From: romeDay(2026, 1, 1), Until: romeDay(2028, 1, 1)}}},
		now: noon,
	}
	e.c.Grants = []Grant{e.g}
	return e
}

func asAdministrator(e *effectCase) {
	e.g.Profile = ProfileAdministrator
	e.c.PolicyAcceptedAt, e.c.Employment.Stable = noon, true
}

// Each condition alone makes an effective grant open nothing.
func TestEffectOf(t *testing.T) {
	const tick = time.Microsecond
	rows := []struct {
		name string
		set  func(*effectCase)
		want Effect
	}{
		{"everything holds", func(*effectCase) {}, Effective},
		{"revoked", func(e *effectCase) { e.g.EndedAt = noon }, EffectEnded},
		{"collaborator deleted", func(e *effectCase) { e.c.DeletedAt = noon }, EffectEnded},
		{"the end has come, nothing recorded", func(e *effectCase) { e.c.Employment.End = noon }, EffectOver},
		{"one tick before the end", func(e *effectCase) { e.c.Employment.End = noon.Add(tick) }, Effective},
		{"the period is closed", func(e *effectCase) { e.c.Employment.ClosedAt = noon }, EffectOver},
		{"first access after the term", func(e *effectCase) {
			e.c.Person.FirstAccessAt = e.c.Employment.OpenedAt.Add(PreregistrationLife)
			e.now = e.c.Person.FirstAccessAt
		}, EffectOver},
		{"company frozen", func(e *effectCase) { e.co.State = CompanyFrozen }, EffectCompany},
		{"company in a state from the future", func(e *effectCase) { e.co.State = "CEASED" }, EffectCompany},
		{"code unknown", func(e *effectCase) { e.c.PersonID = "" }, EffectNoIdentity},
		{"person blocked", func(e *effectCase) { e.c.Person.BlockedAt = noon }, EffectBlocked},
		{"never entered", func(e *effectCase) { e.c.Person.FirstAccessAt = time.Time{} }, EffectNoFirstAccess},
		{"before the start", func(e *effectCase) { e.c.Employment.Start = noon.Add(tick) }, EffectNotStarted},
		{"at the start", func(e *effectCase) { e.c.Employment.Start = noon }, Effective},
		{"not yet valid", func(e *effectCase) { e.g.ValidFrom = noon.Add(tick) }, EffectNotYetValid},
		{"valid from now", func(e *effectCase) { e.g.ValidFrom = noon }, Effective},
		{"no longer valid", func(e *effectCase) { e.g.ValidUntil = noon }, EffectExpired},
		{"valid for one more tick", func(e *effectCase) { e.g.ValidUntil = noon.Add(tick) }, Effective},
		{"unit closed", func(e *effectCase) { e.g.UnitClosedAt = noon }, EffectUnitClosed},
		{"type missing", func(e *effectCase) { e.co.Types = []string{"DATORE_PRIVATO"} }, EffectPrecondition},
		{"qualification missing", func(e *effectCase) { e.co.Qualifications = nil }, EffectPrecondition},
		{"qualification over", func(e *effectCase) { e.co.Qualifications[0].Until = noon }, EffectPrecondition},
		{"qualification not begun", func(e *effectCase) { e.co.Qualifications[0].From = noon.Add(tick) }, EffectPrecondition},
		{"profile unknown", func(e *effectCase) { e.g.Profile = "tesoriere" }, EffectPrecondition},
		{"level not allowed", func(e *effectCase) { e.g.UnitID, e.g.UnitCode = "", "" }, EffectPrecondition},
		{"processing not authorised", func(e *effectCase) { e.c.Processing.Authorised = false }, EffectProcessing},
		{"processing of other data", func(e *effectCase) { e.c.Processing.Scopes = []Area{"CO"} }, EffectProcessing},
		{"administrator who accepted", asAdministrator, Effective},
		{"administrator no longer stable", func(e *effectCase) { asAdministrator(e); e.c.Employment.Stable = false }, EffectPrecondition},
		{"administrator who did not", func(e *effectCase) { asAdministrator(e); e.c.PolicyAcceptedAt = time.Time{} }, EffectPolicy},
	}
	seen := map[string]bool{}
	for _, tc := range rows {
		e := inForce()
		tc.set(&e)
		if got := e.effect(); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
		seen[string(tc.want)] = true
	}
	for _, effect := range constantsOf(t, "Effect") {
		if !seen[effect] {
			t.Errorf("no row leads to %s", effect)
		}
	}
}

func TestEffectiveGrants(t *testing.T) {
	e := inForce()
	gone := e.g
	gone.ID, gone.EndedAt = "gone", noon
	e.c.Grants = []Grant{gone, e.g}
	got := EffectiveGrants(e.c, e.co, e.now)
	if len(got) != 1 || got[0].ID != "grant" {
		t.Errorf("effective are %v, want the one in force", got)
	}
	if len(e.c.Grants) != 2 || e.c.Grants[0].ID != "gone" {
		t.Error("the collaborator's own list was changed")
	}
}

var grantingClient = Actor{Kind: ActorClient, ID: "hr", Company: "company", Scopes: []Scope{ScopeUsers, ScopeEntitlements}}

// Each rule of granting alone refuses what is granted otherwise.
func TestCheckGrant(t *testing.T) {
	type grantCase struct {
		effectCase
		actor Actor
		want  Entitlement
	}
	admin := func(g *grantCase) {
		g.want = Entitlement{Profile: ProfileAdministrator}
		g.actor.Scopes = append(slices.Clone(g.actor.Scopes), ScopeAdminGrant)
		g.c.Employment.Stable = true
	}
	for _, tc := range []struct {
		name    string
		set     func(*grantCase)
		kind    Kind
		refusal string // empty: granted
	}{
		{"everything holds", func(*grantCase) {}, Internal, ""},
		{"unknown profile", func(g *grantCase) { g.want.Profile = "tesoriere" }, Invalid, `entitlements: profile "tesoriere" is not in the catalogue`},
		{"unit profile on the company", func(g *grantCase) { g.want.Unit = "" }, Invalid, "entitlements: profile tirocini-promotore-validatore is not granted at level GROUP"},
		{"company profile on a unit", func(g *grantCase) { g.want.Profile = "rete-attiva-accreditamento" }, Invalid, "entitlements: profile rete-attiva-accreditamento is not granted at level UNIT"},
		{"unit of nobody", func(g *grantCase) { g.want.Unit = "MO01" }, Invalid, `entitlements: the company has no open unit "MO01"`},
		{"type missing", func(g *grantCase) { g.co.Types = []string{"DATORE_PRIVATO"} }, Invalid, "entitlements: profile tirocini-promotore-validatore: the company is none of PROMOTORE_TIROCINIO"},
		{"qualification over", func(g *grantCase) { g.co.Qualifications[0].Until = noon }, Invalid, "entitlements: profile tirocini-promotore-validatore: the company has no qualification PROMOTORE in force"},
		{"employment over", func(g *grantCase) { g.c.Employment.End = noon }, Invalid, "entitlements: the employment has ended"},
		{"processing not authorised", func(g *grantCase) { g.c.Processing.Authorised = false }, Invalid, "processing.authorised: must be true before a profile is granted"},
		{"processing of other data", func(g *grantCase) { g.c.Processing.Scopes = []Area{"CO"} }, Invalid, "processing.scopes: must hold TIROCINI before tirocini-promotore-validatore is granted"},
		{"third party not appointed", func(g *grantCase) { g.c.Employment.Relationship = ThirdPartyRelationship }, Invalid, "thirdParty.appointmentRef: required before a profile is granted to a third party"},
		{"third party appointed", func(g *grantCase) {
			g.c.Employment.Relationship, g.c.ThirdParty.AppointmentRef = ThirdPartyRelationship, "art. 28, 2027/3"
		}, Internal, ""},
		{"administrator", admin, Internal, ""},
		{"administrator without a stable bond", func(g *grantCase) { admin(g); g.c.Employment.Stable = false }, Invalid, "employment.stable: must be true before amministratore is granted"},
		{"administrator without the scope", func(g *grantCase) { admin(g); g.actor = grantingClient }, Forbidden, "entitlements: ADMIN_GRANT_SCOPE: amministratore needs the scope admin-grant"},
		{"client without the scope", func(g *grantCase) { g.actor.Scopes = []Scope{ScopeUsers} }, Forbidden, "entitlements: the client lacks the scope entitlements:write"},
		{"reserved profile", func(g *grantCase) { g.want.Profile = "operatore-agenda" }, Forbidden, "entitlements: RESERVED_PROFILE: operatore-agenda is granted and revoked by the agency only, on the administrator's request"},
	} {
		g := grantCase{inForce(), grantingClient, Entitlement{"tirocini-promotore-validatore", "RA01"}}
		tc.set(&g)
		err := checkGrant(g.actor, g.want, g.c, g.co, map[string]Unit{"RA01": {ID: "unit", Code: "RA01"}}, g.now)
		switch {
		case tc.refusal == "" && err != nil:
			t.Errorf("%s: refused: %v", tc.name, err)
		case tc.refusal != "" && (err == nil || err.Error() != tc.refusal || KindOf(err) != tc.kind):
			t.Errorf("%s: %v\nwant %s", tc.name, err, tc.refusal)
		}
	}
}

// The agency alone gives and takes reserved profiles, whatever scopes a client has.
func TestCheckAuthority(t *testing.T) {
	everyScope := Actor{Kind: ActorClient, ID: "hr", Scopes: Scopes()}
	for _, p := range Profiles() {
		if err := checkAuthority(Officer("officer", ""), p, Entitlement{}); err != nil {
			t.Errorf("%s: refused to an officer: %v", p.Code, err)
		}
		err := checkAuthority(everyScope, p, Entitlement{})
		if (err != nil) != p.Reserved {
			t.Errorf("%s to a client with every scope: %v", p.Code, err)
		}
		if e, ok := err.(*Error); ok && (e.Rule != "RESERVED_PROFILE" || !strings.Contains(e.Msg, e.Rule)) {
			t.Errorf("%s: rule %q in %q", p.Code, e.Rule, e.Msg)
		}
	}
	admin, _ := ProfileByCode(ProfileAdministrator)
	for _, kind := range []ActorKind{ActorClient, ActorPerson, ActorSystem} {
		err := checkAuthority(Actor{Kind: kind, Scopes: []Scope{ScopeEntitlements}}, admin, Entitlement{})
		if e, ok := err.(*Error); !ok || e.Rule != "ADMIN_GRANT_SCOPE" || e.Kind != Forbidden {
			t.Errorf("administrator's profile by a %s: %v", kind, err)
		}
	}
}
