package registry

import "slices"

// ActorKind says in what quality somebody acts.
type ActorKind string

// The kinds of actor.
const (
	ActorClient  ActorKind = "CLIENT"  // an HR or identity-management system over SCIM
	ActorPerson  ActorKind = "PERSON"  // a person who proved who they are
	ActorOfficer ActorKind = "OFFICER" // a person of the agency [operatore dell'Agenzia]
	ActorSystem  ActorKind = "SYSTEM"  // Varco itself, or its operator at the command line
)

// Actor is who acts. It is always an argument, never hidden in a context.
type Actor struct {
	Kind    ActorKind
	ID      string    // of the client, the person or the officer; "deadline", "operator" for the system
	Company CompanyID // the one company a client or a person acts for; empty otherwise
	Unit    UnitID    // the one unit a client is narrowed to; empty: none
	Agency  bool      // a client that reads every company and changes nothing
	Scopes  []Scope   // of a client
	// Attestation is a client's recorded statement on the processing of personal data.
	Attestation string
	Request     string // the request this act belongs to, for the audit trail and the log

	client *Client // as it was let in; see [Actor.standing]
}

// String is "kind:id", the form the audit trail keeps.
func (a Actor) String() string { return string(a.Kind) + ":" + a.ID }

// The system's own actors.
var (
	// SystemDeadline ends what is due, nobody having acted.
	SystemDeadline = Actor{Kind: ActorSystem, ID: "deadline"}
	// SystemOperator is whoever runs the program's commands on its machine.
	SystemOperator = Actor{Kind: ActorSystem, ID: "operator"}
)

// Officer is the actor for a person of the agency.
func Officer(id PersonID, request string) Actor {
	return Actor{Kind: ActorOfficer, ID: string(id), Request: request}
}

func personActor(p Person, request string) Actor {
	return Actor{Kind: ActorPerson, ID: string(p.ID), Request: request}
}

// Scope is one power of a SCIM client (REQUIREMENTS C.3).
type Scope string

// The scopes a client can hold.
const (
	ScopeRead         Scope = "read"
	ScopeUsers        Scope = "users:write"
	ScopeUnits        Scope = "units:write"
	ScopeEntitlements Scope = "entitlements:write"
	ScopeAdminGrant   Scope = "admin-grant" // may grant the administrator's profile; off unless asked for (L5-09)
)

// Scopes lists every scope a client can hold.
func Scopes() []Scope {
	return []Scope{ScopeRead, ScopeUsers, ScopeUnits, ScopeEntitlements, ScopeAdminGrant}
}

// Has tells whether the actor is a client that holds the scope.
func (a Actor) Has(s Scope) bool { return a.Kind == ActorClient && slices.Contains(a.Scopes, s) }

// Act names an operation in the authority matrix and in the audit trail.
type Act string

// The acts, each with who may do it in [may].
const (
	ActRegisterCompany Act = "company.register"
	ActFreezeCompany   Act = "company.freeze"
	ActUnfreezeCompany Act = "company.unfreeze"
	ActOpenUnit        Act = "unit.open"
	ActChangeUnit      Act = "unit.change"
	ActCloseUnit       Act = "unit.close"
	ActHire            Act = "collaborator.hire"
	ActAmend           Act = "collaborator.amend"
	ActEnd             Act = "collaborator.end"
	ActRehire          Act = "collaborator.rehire"
	ActDelete          Act = "collaborator.delete"
	ActHold            Act = "collaborator.held"
	ActConfirmHeld     Act = "held.confirm"
	ActDismissHeld     Act = "held.dismiss"
	ActCreateClient    Act = "client.create"
	ActRevokeClient    Act = "client.revoke"
	ActRotateClient    Act = "client.rotate"
	ActOpenAccess      Act = "client.access"
	ActReadAgency      Act = "agency.read" // what a client of the agency reads crosses companies
	ActEnter           Act = "person.enter"
	ActBlock           Act = "person.block"
	ActUnblock         Act = "person.unblock"
	ActAcceptPolicy    Act = "policy.accept"
	ActOpenSession     Act = "session.open"
	ActCloseLogin      Act = "login.close"
	ActRead            Act = "read"
)

// clientScope is the scope a client needs for an act. Acts that are not here are
// not a client's to do.
var clientScope = map[Act]Scope{
	ActRead:       ScopeRead,
	ActOpenAccess: "", // whatever its scopes
	ActHire:       ScopeUsers,
	ActAmend:      ScopeUsers,
	ActEnd:        ScopeUsers,
	ActRehire:     ScopeUsers,
	ActDelete:     ScopeUsers,
	ActHold:       ScopeUsers,
	ActOpenUnit:   ScopeUnits,
	ActChangeUnit: ScopeUnits,
	ActCloseUnit:  ScopeUnits,
}

// kindMay is what the other kinds of actor may do (REQUIREMENTS C.5).
var kindMay = map[ActorKind][]Act{
	ActorPerson: {ActEnter, ActOpenSession, ActCloseLogin, ActAcceptPolicy, ActConfirmHeld, ActDismissHeld},
	ActorOfficer: {ActRead, ActRegisterCompany, ActFreezeCompany, ActUnfreezeCompany, ActBlock, ActUnblock,
		ActHire, ActAmend, ActEnd, ActRehire, ActDelete, ActOpenUnit, ActChangeUnit, ActCloseUnit, ActCreateClient, ActRevokeClient, ActRotateClient,
		ActConfirmHeld, ActDismissHeld},
	ActorSystem: {ActRead, ActRegisterCompany, ActCreateClient, ActRevokeClient, ActRotateClient, ActEnd, ActConfirmHeld, ActDismissHeld},
}

// may is the authority matrix: nil when the actor may do the act for the company.
// Somebody else's company is NotFound, so that ids cannot be guessed (L6-01).
func may(a Actor, act Act, company CompanyID) error {
	if a.Kind != ActorClient {
		if slices.Contains(kindMay[a.Kind], act) {
			return nil
		}
		return refuse(Forbidden, "%s: not allowed to this kind of actor", act)
	}
	if a.Agency {
		return mayAgency(a, act)
	}
	if a.Company != company || company == "" {
		return refuse(NotFound, "not found")
	}
	scope, known := clientScope[act]
	if !known {
		return refuse(Forbidden, "%s: not allowed to a SCIM client", act)
	}
	if scope != "" && !slices.Contains(a.Scopes, scope) {
		return refuse(Forbidden, "%s: the client lacks the scope %s", act, scope)
	}
	if a.Unit != "" && (act == ActOpenUnit || act == ActCloseUnit) {
		return refuse(Forbidden, "%s: not allowed to a client of one unit", act)
	}
	return nil
}

// mayAgency is what a client of the agency may do: read, wherever.
func mayAgency(a Actor, act Act) error {
	switch {
	case act == ActOpenAccess:
		return nil
	case act != ActRead && act != ActReadAgency:
		return refuse(Forbidden, "%s: a client of the agency reads and changes nothing", act)
	case !slices.Contains(a.Scopes, ScopeRead):
		return refuse(Forbidden, "%s: the client lacks the scope %s", act, ScopeRead)
	default:
		return nil
	}
}
