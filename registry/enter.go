package registry

import (
	"context"
	"time"
)

const (
	visitLife = 30 * time.Minute // from the first page to the choice
	loginLife = 8 * time.Hour    // REQUIREMENTS C.4: no session outlives it
	askLife   = 10 * time.Minute // an identity provider's time to answer
)

// RuleOtherBrowser marks what belongs to another browser, or to another tab's visit
// that came later in this one.
const RuleOtherBrowser = "OTHER_BROWSER"

// Ask is what brings a browser to Varco: an application's request, or nothing but
// the wish to enter, when Application is empty.
type Ask struct {
	Application string // entityID
	RequestID   string // the application's own, used once
	ReplyTo     string
	RelayState  string
	MinLevel    int
	ForceLogin  bool
	LoginCookie string // of an earlier login in this browser, if any
}

// StartVisit opens a visit and returns the cookie that binds it to the browser.
// Who is already logged in at a sufficient level need not prove it again, unless
// the application insists. An application's request is accepted once.
func (r *Registry) StartVisit(ctx context.Context, a Ask) (Visit, string, error) {
	cookie := newSecret()
	var visit Visit
	err := r.store.Update(ctx, func(tx Tx) error {
		at := r.Now()
		visit = Visit{
			ID: newID[VisitID](), CookieHash: r.hash("visit", cookie),
			Application: a.Application, AppRequestID: a.RequestID, ReplyTo: a.ReplyTo, RelayState: a.RelayState,
			MinLevel: a.MinLevel, ForceLogin: a.ForceLogin, CreatedAt: at, ExpiresAt: at.Add(visitLife),
		}
		if a.RequestID != "" {
			if err := tx.InsertUsed(a.Application, a.RequestID, visit.ExpiresAt); err != nil {
				return err
			}
		}
		if !a.ForceLogin {
			login, err := r.liveLogin(tx, a.LoginCookie, at)
			if err != nil && KindOf(err) != NotFound {
				return err
			}
			if err == nil && login.Level >= a.MinLevel {
				visit.LoginID = login.ID
			}
		}
		return tx.InsertVisit(visit)
	})
	return visit, cookie, err
}

// liveLogin is the login of a cookie, if it still holds.
func (r *Registry) liveLogin(rd Reader, cookie string, at time.Time) (Login, error) {
	if cookie == "" {
		return Login{}, refuse(NotFound, "not logged in")
	}
	login, err := rd.LoginByCookie(r.hash("login", cookie))
	if err != nil {
		return Login{}, err
	}
	return login, login.check(at)
}

func (l Login) check(at time.Time) error {
	if !l.EndedAt.IsZero() || !at.Before(l.ExpiresAt) {
		return refuse(NotFound, "not logged in")
	}
	return nil
}

// VisitOf finds the open visit of a browser's cookie.
func (r *Registry) VisitOf(ctx context.Context, cookie string) (Visit, error) {
	var visit Visit
	err := r.store.View(ctx, func(rd Reader) (err error) {
		visit, err = r.openVisit(rd, cookie, r.Now())
		return err
	})
	return visit, err
}

func (r *Registry) openVisit(rd Reader, cookie string, at time.Time) (Visit, error) {
	gone := refuse(NotFound, "the visit has expired or was completed: start again from the application")
	if cookie == "" {
		return Visit{}, gone
	}
	visit, err := rd.VisitByCookie(r.hash("visit", cookie))
	if KindOf(err) == NotFound && err != nil || err == nil && !at.Before(visit.ExpiresAt) {
		return Visit{}, gone
	}
	return visit, err
}

// AskIdentity records a request about to be sent to an identity provider.
func (r *Registry) AskIdentity(ctx context.Context, visit Visit, id, idp string, level int) (LoginRequest, error) {
	var q LoginRequest
	err := r.store.Update(ctx, func(tx Tx) error {
		at := r.Now()
		q = LoginRequest{ID: id, VisitID: visit.ID, IdP: idp, Level: level, IssuedAt: at, ExpiresAt: at.Add(askLife)}
		return tx.InsertLoginRequest(q)
	})
	return q, err
}

// PendingRequest finds a request that was sent and not yet answered.
func (r *Registry) PendingRequest(ctx context.Context, id string) (LoginRequest, error) {
	var q LoginRequest
	err := r.store.View(ctx, func(rd Reader) (err error) {
		q, err = rd.LoginRequest(id)
		return err
	})
	if err == nil && !r.Now().Before(q.ExpiresAt) {
		return LoginRequest{}, refuse(NotFound, "the request has expired")
	}
	return q, err
}

// Arrival is a person whom an identity provider has vouched for, every check of
// the protocol passed.
type Arrival struct {
	LoginRequest   string // id of the request this answers
	VisitCookie    string
	Issuer         string // entityID of the identity provider
	AssertionID    string
	AssertionUntil time.Time // until when the assertion could be replayed
	Scheme         string    // SPID, CIE or CNS
	Level          int
	Class          string
	SpidCode       string
	Person         Person // identity fields only
	Request        string // the HTTP request, for the trail
}

// Entered is the outcome of an arrival: fresh cookies for the login and for the
// visit, so that nobody who knew the old one comes along.
type Entered struct {
	Login       Login
	Person      Person
	LoginCookie string
	VisitCookie string
}

// Enter lets a person in: it uses up the request and the assertion, records the
// person at the first access, refuses a blocked identity whatever the provider
// (L8-16), and opens a login bound to the browser's visit.
func (r *Registry) Enter(ctx context.Context, a Arrival) (Entered, error) {
	in := Entered{LoginCookie: newSecret(), VisitCookie: newSecret()}
	actor := Actor{Kind: ActorPerson, ID: "unknown", Request: a.Request}
	err := r.pass(ctx, actor, ActEnter, "", func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		visit, err := r.useUp(tx, a, at)
		if err != nil {
			return false, err
		}
		p, err := recordPerson(tx, a.Person, at)
		if err != nil {
			return false, err
		}
		e.Actor, e.Person, e.Target = personActor(p, "").String(), p.ID, string(p.ID)
		e.changed("login", "", a.Scheme+" "+a.Issuer)
		if !p.BlockedAt.IsZero() {
			return false, refuse(Forbidden, "this identity has been suspended by the agency [utenza sospesa]")
		}
		in.Person = p
		in.Login = Login{
			ID: newID[LoginID](), CookieHash: r.hash("login", in.LoginCookie), PersonID: p.ID,
			Scheme: a.Scheme, IdP: a.Issuer, SpidCode: a.SpidCode, Level: a.Level, Class: a.Class,
			CreatedAt: at, ExpiresAt: at.Add(loginLife),
		}
		if err := tx.InsertLogin(in.Login); err != nil {
			return false, err
		}
		visit.LoginID, visit.CookieHash = in.Login.ID, r.hash("visit", in.VisitCookie)
		return true, tx.UpdateVisit(visit)
	})
	return in, err
}

// useUp takes the request and the assertion, each good for one time, and finds
// the visit they belong to in this very browser.
func (r *Registry) useUp(tx Tx, a Arrival, at time.Time) (Visit, error) {
	q, err := tx.TakeLoginRequest(a.LoginRequest)
	if KindOf(err) == NotFound && err != nil || err == nil && !at.Before(q.ExpiresAt) {
		return Visit{}, refuse(Conflict, "the answer was already used, came too late, or nobody asked for it")
	}
	if err != nil {
		return Visit{}, err
	}
	visit, err := r.openVisit(tx, a.VisitCookie, at)
	if err != nil {
		return Visit{}, err
	}
	if visit.ID != q.VisitID || q.IdP != a.Issuer {
		return Visit{}, refuseRule(Forbidden, RuleOtherBrowser, "the answer belongs to another browser or provider")
	}
	return visit, tx.InsertUsed(a.Issuer, a.AssertionID, a.AssertionUntil)
}

// recordPerson finds or creates the person and takes over what the provider says.
func recordPerson(tx Tx, said Person, at time.Time) (Person, error) {
	p, err := tx.PersonByCode(said.FiscalCode)
	if err != nil && KindOf(err) != NotFound {
		return Person{}, err
	}
	known := err == nil
	if !known {
		p = Person{ID: newID[PersonID](), FiscalCode: said.FiscalCode, CreatedAt: at}
	}
	before := p
	p.FiscalCode = said.FiscalCode // of the variants of omocodia the provider's counts, not the one an employer wrote
	p.GivenName, p.FamilyName, p.DateOfBirth = said.GivenName, said.FamilyName, said.DateOfBirth
	p.PlaceOfBirth, p.Gender = said.PlaceOfBirth, said.Gender
	if said.Email != "" {
		p.Email = said.Email
	}
	if p.FirstAccessAt.IsZero() && p.BlockedAt.IsZero() {
		p.FirstAccessAt = at
	}
	switch {
	case !known:
		return p, tx.InsertPerson(p)
	case p != before:
		return p, tx.UpdatePerson(p)
	default:
		return p, nil
	}
}

// Leave ends a login and every application session that came from it.
func (r *Registry) Leave(ctx context.Context, loginCookie, request string) error {
	var login Login
	err := r.store.View(ctx, func(rd Reader) (err error) {
		login, err = r.liveLogin(rd, loginCookie, r.Now())
		return err
	})
	if err != nil {
		return err
	}
	actor := personActor(Person{ID: login.PersonID}, request)
	return r.pass(ctx, actor, ActCloseLogin, "", func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		l, err := tx.Login(login.ID)
		if err != nil || !l.EndedAt.IsZero() {
			return false, err
		}
		e.Target, e.Person = string(l.ID), l.PersonID
		l.EndedAt, l.EndReason = at, EndLogout
		if err := tx.UpdateLogin(l); err != nil {
			return false, err
		}
		return true, tx.EndSessions(SessionMatch{Login: l.ID}, at, EndLogout)
	})
}
