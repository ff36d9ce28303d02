package registry

import (
	"slices"
	"time"
)

// EndReason says why a grant, a session or an employment ended.
type EndReason string

// The reasons.
const (
	EndRevoked        EndReason = "REVOKED"
	EndTermination    EndReason = "TERMINATION"
	EndLossOfQuality  EndReason = "LOSS_OF_QUALITY"
	EndIncident       EndReason = "INCIDENT"
	EndMoved          EndReason = "MOVED"
	EndUnitClosed     EndReason = "UNIT_CLOSED"
	EndPreregExpired  EndReason = "PREREGISTRATION_EXPIRED"
	EndPersonBlocked  EndReason = "PERSON_BLOCKED"
	EndCompanyFrozen  EndReason = "COMPANY_FROZEN"
	EndLogout         EndReason = "LOGOUT"
	EndProcessingLost EndReason = "PROCESSING_NOT_AUTHORISED"
)

// Grant is a profile given to a collaborator [abilitazione], on the company or on
// one of its units.
type Grant struct {
	ID             GrantID
	CollaboratorID CollaboratorID
	Profile        ProfileCode
	UnitID         UnitID // empty at group level
	GrantedAt      time.Time
	GrantedBy      string // Actor.String
	ValidFrom      time.Time
	ValidUntil     time.Time // exclusive; zero means no end
	EndedAt        time.Time
	EndedBy        string
	EndReason      EndReason

	// Read with the grant, never written through it.
	UnitCode     string
	UnitClosedAt time.Time
}

// Entitlement is the grant as a connector sees it.
func (g Grant) Entitlement() Entitlement { return Entitlement{Profile: g.Profile, Unit: g.UnitCode} }

// GrantWriter keeps grants. They are read with their collaborator.
type GrantWriter interface {
	// InsertGrants adds grants. One open grant of a profile at a place is unique.
	InsertGrants([]Grant) error
	// EndGrants ends the open grants among these.
	EndGrants(ids []GrantID, at time.Time, by string, reason EndReason) error
	// EndUnitGrants ends every open grant on the unit and bumps the version of the
	// collaborators that held one.
	EndUnitGrants(unit UnitID, at time.Time, by string, reason EndReason) error
}

// Effect says whether a grant opens anything, and if not, why not.
type Effect string

// The effects of a grant. Only Effective opens anything.
const (
	Effective           Effect = "EFFECTIVE"
	EffectEnded         Effect = "ENDED"
	EffectNotYetValid   Effect = "NOT_YET_VALID"
	EffectExpired       Effect = "EXPIRED"
	EffectNoIdentity    Effect = "IDENTITY_MISSING"
	EffectNoFirstAccess Effect = "FIRST_ACCESS_MISSING"
	EffectNotStarted    Effect = "EMPLOYMENT_NOT_STARTED"
	EffectOver          Effect = "EMPLOYMENT_ENDED"
	EffectBlocked       Effect = "PERSON_BLOCKED"
	EffectCompany       Effect = "COMPANY_NOT_ACTIVE"
	EffectUnitClosed    Effect = "UNIT_CLOSED"
	EffectPrecondition  Effect = "PRECONDITION_MISSING"
	EffectProcessing    Effect = "PROCESSING_NOT_AUTHORISED"
	EffectPolicy        Effect = "POLICY_NOT_ACCEPTED"
)

// EffectOf is the one answer to "does this grant open anything now?". It is pure:
// SAML, SCIM and the console all show it, and nothing copies it. The end of the
// employment is tested here against the clock, so no job needs to run for a
// refusal (REQUIREMENTS C.2).
func EffectOf(g Grant, c Collaborator, co Company, now time.Time) Effect {
	switch {
	case !g.EndedAt.IsZero() || !c.DeletedAt.IsZero():
		return EffectEnded
	case c.Over(now):
		return EffectOver
	case co.State != CompanyActive:
		return EffectCompany
	case c.PersonID == "":
		return EffectNoIdentity
	case !c.Person.BlockedAt.IsZero():
		return EffectBlocked
	case c.Person.FirstAccessAt.IsZero():
		return EffectNoFirstAccess
	case now.Before(c.Employment.Start):
		return EffectNotStarted
	case now.Before(g.ValidFrom):
		return EffectNotYetValid
	case !g.ValidUntil.IsZero() && !now.Before(g.ValidUntil):
		return EffectExpired
	case !g.UnitClosedAt.IsZero():
		return EffectUnitClosed
	}
	return effectOfProfile(g, c, co, now)
}

// effectOfProfile tests what depends on the profile granted.
func effectOfProfile(g Grant, c Collaborator, co Company, now time.Time) Effect {
	p, err := ProfileByCode(g.Profile)
	switch {
	case err != nil || !p.Allows(g.Entitlement().Level()) || p.Missing(co, now) != "":
		return EffectPrecondition
	case !c.Processing.Covers(p.Area):
		return EffectProcessing
	case p.Code == ProfileAdministrator && !c.Employment.Stable:
		return EffectPrecondition // L8-03
	case p.Code == ProfileAdministrator && c.PolicyAcceptedAt.IsZero():
		return EffectPolicy // L2-01
	default:
		return Effective
	}
}

// EffectiveGrants are the collaborator's grants that open something now.
func EffectiveGrants(c Collaborator, co Company, now time.Time) []Grant {
	return slices.DeleteFunc(slices.Clone(c.Grants), func(g Grant) bool {
		return EffectOf(g, c, co, now) != Effective
	})
}

// checkGrant tests every rule for giving the entitlement to the collaborator.
// units are the company's open units by code.
func checkGrant(actor Actor, e Entitlement, c Collaborator, co Company, units map[string]Unit, at time.Time) error {
	p, err := ProfileByCode(e.Profile)
	if err != nil {
		return err
	}
	if err := checkAuthority(actor, p, e); err != nil {
		return err
	}
	if !p.Allows(e.Level()) {
		return refuse(Invalid, "entitlements: profile %s is not granted at level %s", p.Code, e.Level()) // L6-02
	}
	if _, open := units[e.Unit]; e.Unit != "" && !open {
		return refuse(Invalid, "entitlements: the company has no open unit %.40q", e.Unit) // L3-06
	}
	if missing := p.Missing(co, at); missing != "" {
		return refuse(Invalid, "entitlements: profile %s: %s", p.Code, missing)
	}
	return checkHolder(p, c, at)
}

// checkAuthority tests whether the actor may give or take this profile at this place.
func checkAuthority(actor Actor, p Profile, e Entitlement) error {
	switch {
	case actor.Kind == ActorOfficer:
		return nil
	case p.Reserved:
		return refuseRule(Forbidden, "RESERVED_PROFILE",
			"entitlements: RESERVED_PROFILE: %s is granted and revoked by the agency only, on the administrator's request", p.Code) // L6-12, L6-14
	case actor.Kind == ActorClient && !actor.Has(ScopeEntitlements):
		return refuse(Forbidden, "entitlements: the client lacks the scope %s", ScopeEntitlements)
	case actor.Unit != "" && e.Unit == "":
		return refuse(Forbidden, "entitlements: a client of one unit grants and revokes on that unit only")
	case p.Code == ProfileAdministrator && !actor.Has(ScopeAdminGrant):
		return refuseRule(Forbidden, "ADMIN_GRANT_SCOPE",
			"entitlements: ADMIN_GRANT_SCOPE: %s needs the scope %s", p.Code, ScopeAdminGrant) // L5-09
	default:
		return nil
	}
}

// checkHolder tests whether the collaborator may hold the profile.
func checkHolder(p Profile, c Collaborator, at time.Time) error {
	switch {
	case c.Over(at):
		return refuse(Invalid, "entitlements: the employment has ended") // L8-04
	case !c.Processing.Authorised:
		return refuse(Invalid, "processing.authorised: must be true before a profile is granted") // L4-06
	case !c.Processing.Covers(p.Area):
		return refuse(Invalid, "processing.scopes: must hold %s before %s is granted", p.Area, p.Code) // L8-10
	case c.Employment.Relationship == ThirdPartyRelationship && c.ThirdParty.AppointmentRef == "":
		return refuse(Invalid, "thirdParty.appointmentRef: required before a profile is granted to a third party") // L8-12
	case p.Code == ProfileAdministrator && !c.Employment.Stable:
		return refuse(Invalid, "employment.stable: must be true before %s is granted", p.Code) // L8-03
	default:
		return nil
	}
}
