package registry

import (
	"slices"
	"strings"
	"testing"
)

// authority is the matrix of who may do what: the scope a client needs ("-" for
// none that would do), then P, O and S for a person, an officer and the system
// (REQUIREMENTS C.5).
var authority = map[Act]struct {
	scope  Scope
	others string
}{
	ActRead:            {ScopeRead, "OS"},
	ActRegisterCompany: {"-", "OS"},
	ActFreezeCompany:   {"-", "O"},
	ActUnfreezeCompany: {"-", "O"},
	ActOpenUnit:        {ScopeUnits, "O"},
	ActChangeUnit:      {ScopeUnits, "O"},
	ActCloseUnit:       {ScopeUnits, "O"},
	ActHire:            {ScopeUsers, "O"},
	ActAmend:           {ScopeUsers, "O"},
	ActEnd:             {ScopeUsers, "OS"},
	ActRehire:          {ScopeUsers, "O"},
	ActDelete:          {ScopeUsers, "O"},
	ActHold:            {ScopeUsers, ""},
	ActConfirmHeld:     {"-", "POS"},
	ActDismissHeld:     {"-", "POS"},
	ActCreateClient:    {"-", "OS"},
	ActRevokeClient:    {"-", "OS"},
	ActRotateClient:    {"-", "OS"},
	ActOpenAccess:      {"", ""}, // a client with whatever scopes
	ActReadAgency:      {"-", ""},
	ActEnter:           {"-", "P"},
	ActBlock:           {"-", "O"},
	ActUnblock:         {"-", "O"},
	ActAcceptPolicy:    {"-", "P"},
	ActOpenSession:     {"-", "P"},
	ActCloseLogin:      {"-", "P"},
}

func TestAuthorityIsComplete(t *testing.T) {
	for _, act := range constantsOf(t, "Act") {
		if _, known := authority[Act(act)]; !known {
			t.Errorf("the matrix has no row for %s", act)
		}
	}
	for _, kind := range constantsOf(t, "ActorKind") {
		if _, known := kindMay[ActorKind(kind)]; !known && ActorKind(kind) != ActorClient {
			t.Errorf("nothing says what a %s may do", kind)
		}
	}
}

func TestMayClient(t *testing.T) {
	for act, row := range authority {
		for _, scope := range Scopes() {
			err := may(Actor{Kind: ActorClient, Company: "mine", Scopes: []Scope{scope}}, act, "mine")
			if (err == nil) != (row.scope == scope || row.scope == "") {
				t.Errorf("%s with %s alone: %v", act, scope, err)
			}
			if err != nil && KindOf(err) != Forbidden {
				t.Errorf("%s with %s alone: kind of %v", act, scope, err)
			}
		}
		everything := Actor{Kind: ActorClient, Company: "mine", Scopes: Scopes()}
		if err := may(everything, act, "mine"); (err == nil) != (row.scope != "-") {
			t.Errorf("%s with every scope: %v", act, err)
		}
		if err := may(Actor{Kind: ActorClient, Company: "mine"}, act, "mine"); (err == nil) != (row.scope == "") {
			t.Errorf("%s without any scope is allowed: %v", act, err)
		}
		for _, other := range []CompanyID{"other", ""} {
			if err := may(everything, act, other); err == nil || KindOf(err) != NotFound || err.Error() != "not found" {
				t.Errorf("%s for the company %q: %v, want not found and no more", act, other, err)
			}
		}
	}
}

// A client of the agency reads every company and changes none.
func TestMayAgency(t *testing.T) {
	for act := range authority {
		for _, company := range []CompanyID{"", "any"} {
			err := may(Actor{Kind: ActorClient, Agency: true, Scopes: Scopes()}, act, company)
			if allowed := act == ActRead || act == ActReadAgency || act == ActOpenAccess; (err == nil) != allowed {
				t.Errorf("%s for %q: %v", act, company, err)
			}
			if err != nil && KindOf(err) != Forbidden {
				t.Errorf("%s for %q: kind of %v", act, company, err)
			}
		}
	}
	if may(Actor{Kind: ActorClient, Agency: true}, ActRead, "any") == nil {
		t.Error("reads without the scope")
	}
	if may(Actor{Kind: ActorClient, Scopes: Scopes()}, ActRead, "") == nil {
		t.Error("a client without a company reads every company")
	}
}

func TestMayOthers(t *testing.T) {
	letters := map[ActorKind]string{ActorPerson: "P", ActorOfficer: "O", ActorSystem: "S", "": "?", "AUDITOR": "?"}
	for act, row := range authority {
		for kind, letter := range letters {
			// scopes are a client's affair: they give nobody else anything
			err := may(Actor{Kind: kind, ID: "x", Scopes: Scopes()}, act, "any")
			if (err == nil) != strings.Contains(row.others, letter) {
				t.Errorf("%s by %q: %v", act, kind, err)
			}
			if err != nil && KindOf(err) != Forbidden {
				t.Errorf("%s by %q: kind of %v", act, kind, err)
			}
		}
	}
}

func TestActorNames(t *testing.T) {
	for want, actor := range map[string]Actor{
		"SYSTEM:deadline": SystemDeadline,
		"SYSTEM:operator": SystemOperator,
		"OFFICER:o1":      Officer("o1", "request"),
		"PERSON:p1":       personActor(Person{ID: "p1"}, "request"),
		"CLIENT:c1":       Client{ID: "c1"}.Actor("request"),
	} {
		if actor.String() != want {
			t.Errorf("%+v is called %s, want %s", actor, actor, want)
		}
	}
	client := Client{ID: "c1", CompanyID: "mine", Scopes: []Scope{ScopeRead}}.Actor("r7")
	if client.Company != "mine" || client.Request != "r7" || !client.Has(ScopeRead) || client.Has(ScopeUsers) {
		t.Errorf("a client acts as %+v", client)
	}
	if (Actor{Kind: ActorPerson, Scopes: Scopes()}).Has(ScopeAdminGrant) {
		t.Error("a person holds a client's scope")
	}
}

func TestScopesAreListed(t *testing.T) {
	for _, s := range constantsOf(t, "Scope") {
		if !slices.Contains(Scopes(), Scope(s)) {
			t.Errorf("%s is not listed", s)
		}
	}
}
