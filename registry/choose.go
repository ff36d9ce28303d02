package registry

import (
	"context"
	"time"
)

// Citizen is the choice to act for oneself.
const Citizen = "citizen"

// Choice is a company that a person may act for at an application [opera come]:
// there is at least one grant that has effect and that the application may learn
// (L1-07).
type Choice struct {
	Company      Company
	Collaborator Collaborator
	Grants       []Grant
}

// Release tells whether an application may learn of a profile.
type Release func(ProfileCode) bool

// Door is what somebody sees who has entered and has not yet chosen.
type Door struct {
	Visit   Visit
	Login   Login
	Person  Person
	Choices []Choice
}

// DoorOf opens the door of a browser's visit. NotFound means nobody has entered yet
// in this visit.
func (r *Registry) DoorOf(ctx context.Context, visitCookie string, release Release) (Door, error) {
	var door Door
	err := r.store.View(ctx, func(rd Reader) (err error) {
		door, err = r.door(rd, visitCookie, r.Now(), release)
		return err
	})
	return door, err
}

func (r *Registry) door(rd Reader, cookie string, at time.Time, release Release) (Door, error) {
	visit, err := r.openVisit(rd, cookie, at)
	if err != nil {
		return Door{}, err
	}
	if visit.LoginID == "" {
		return Door{}, refuse(NotFound, "nobody has entered yet in this visit")
	}
	login, err := rd.Login(visit.LoginID)
	if err != nil {
		return Door{}, err
	}
	if err := login.check(at); err != nil {
		return Door{}, err
	}
	person, err := rd.Person(login.PersonID)
	if err != nil {
		return Door{}, err
	}
	if !person.BlockedAt.IsZero() {
		return Door{}, refuse(Forbidden, "this identity has been suspended by the agency [utenza sospesa]")
	}
	choices, err := choicesOf(rd, person.ID, at, release)
	return Door{visit, login, person, choices}, err
}

func choicesOf(rd Reader, person PersonID, at time.Time, release Release) ([]Choice, error) {
	collaborations, err := rd.CollaboratorsOf(person)
	if err != nil {
		return nil, err
	}
	var choices []Choice
	for _, c := range collaborations {
		company, err := rd.Company(c.CompanyID)
		if err != nil {
			return nil, err
		}
		var grants []Grant
		for _, g := range EffectiveGrants(c, company, at) {
			if release(g.Profile) {
				grants = append(grants, g)
			}
		}
		if len(grants) > 0 {
			choices = append(choices, Choice{company, c, grants})
		}
	}
	return choices, nil
}

// Chosen is what an application is to be told. Choice is nil for a citizen.
type Chosen struct {
	Visit   Visit
	Login   Login
	Person  Person
	Choice  *Choice
	Session Session
}

// Choose completes a visit: the person acts for a company, named by its fiscal
// code, or as Citizen. The rights are evaluated here and now, and the session
// ends no later than the employment.
func (r *Registry) Choose(ctx context.Context, visitCookie, actingFor string, release Release, request string) (Chosen, error) {
	var chosen Chosen
	door, err := r.DoorOf(ctx, visitCookie, release)
	if err != nil {
		return chosen, err
	}
	actor := personActor(door.Person, request)
	err = r.pass(ctx, actor, ActOpenSession, "", func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		e.Person = door.Person.ID
		d, err := r.door(tx, visitCookie, at, release)
		if err != nil {
			return false, err
		}
		if d.Visit.Application == "" {
			return false, refuse(Invalid, "acting_for: no application waits for the choice")
		}
		chosen = Chosen{Visit: d.Visit, Login: d.Login, Person: d.Person}
		if chosen.Choice, err = d.choice(actingFor); err != nil {
			return false, err
		}
		if d.Login.Level < d.Visit.MinLevel {
			return false, refuse(Forbidden, "the application asks for level %d", d.Visit.MinLevel)
		}
		if err := tx.DeleteVisit(d.Visit.ID); err != nil {
			return false, err
		}
		chosen.Session = newSession(chosen, at)
		chosen.describe(e)
		return true, tx.InsertSession(chosen.Session)
	})
	return chosen, err
}

// choice finds the company chosen; nil is the citizen.
func (d Door) choice(actingFor string) (*Choice, error) {
	if actingFor == Citizen {
		return nil, nil
	}
	for _, c := range d.Choices {
		if string(c.Company.FiscalCode) == actingFor {
			return &c, nil
		}
	}
	return nil, refuse(Forbidden, "acting_for: no right has effect for this company")
}

func newSession(c Chosen, at time.Time) Session {
	s := Session{
		ID: newID[SessionID](), LoginID: c.Login.ID, PersonID: c.Person.ID, Application: c.Visit.Application,
		CreatedAt: at, NotOnOrAfter: c.Login.ExpiresAt,
	}
	if c.Choice == nil {
		return s
	}
	s.CompanyID, s.CollaboratorID = c.Choice.Company.ID, c.Choice.Collaborator.ID
	if end := c.Choice.Collaborator.Employment.End; !end.IsZero() && end.Before(s.NotOnOrAfter) {
		s.NotOnOrAfter = end
	}
	for _, g := range c.Choice.Grants {
		s.Grants = append(s.Grants, g.ID)
	}
	return s
}

func (c Chosen) describe(e *AuditEntry) {
	e.Target = string(c.Session.ID)
	e.changed("application", "", c.Visit.Application)
	if c.Choice == nil {
		e.changed("actingFor", "", Citizen)
		return
	}
	e.Company = c.Choice.Company.ID
	e.changed("actingFor", "", string(c.Choice.Company.FiscalCode))
	for _, g := range c.Choice.Grants {
		e.changed("entitlements", "", g.Entitlement().String())
	}
}

// SessionHolds tells an application whether a session it was given still holds.
// It does while nobody ended it, its time is not over, the person is not blocked
// and every grant released in it still has effect (REQUIREMENTS C.3). Another
// application's session is NotFound.
func (r *Registry) SessionHolds(ctx context.Context, application string, id SessionID) (Session, bool, error) {
	var s Session
	holds := false
	err := r.store.View(ctx, func(rd Reader) (err error) {
		if s, err = rd.Session(id); err != nil {
			return err
		}
		if s.Application != application {
			return refuse(NotFound, "no such session")
		}
		holds, err = sessionHolds(rd, s, r.Now())
		return err
	})
	return s, holds, err
}

func sessionHolds(rd Reader, s Session, now time.Time) (bool, error) {
	if !s.EndedAt.IsZero() || !now.Before(s.NotOnOrAfter) {
		return false, nil
	}
	person, err := rd.Person(s.PersonID)
	if err != nil || !person.BlockedAt.IsZero() || s.CompanyID == "" {
		return err == nil && person.BlockedAt.IsZero(), err
	}
	c, err := rd.Collaborator(s.CompanyID, s.CollaboratorID)
	if KindOf(err) == NotFound && err != nil {
		return false, nil // deleted
	}
	if err != nil {
		return false, err
	}
	company, err := rd.Company(s.CompanyID)
	if err != nil {
		return false, err
	}
	effective := map[GrantID]bool{}
	for _, g := range EffectiveGrants(c, company, now) {
		effective[g.ID] = true
	}
	for _, id := range s.Grants {
		if !effective[id] {
			return false, nil
		}
	}
	return true, nil
}
