package registry

import "time"

// Visit is one browser's way through the door, from an application's request to
// the choice of whom to act for. It is bound to the browser by a cookie of which
// the store keeps the keyed hash.
type Visit struct {
	ID         VisitID
	CookieHash []byte
	// What the application asked; all empty when somebody comes to Varco itself.
	Application  string // entityID
	AppRequestID string
	ReplyTo      string // assertion consumer service URL, already checked against the metadata
	RelayState   string
	MinLevel     int // level of assurance the application asks for, 1 to 3
	ForceLogin   bool

	LoginID   LoginID // set when somebody has entered
	CreatedAt time.Time
	ExpiresAt time.Time
}

// LoginRequest is a request sent to an identity provider and not yet answered.
type LoginRequest struct {
	ID        string // the SAML request's ID
	VisitID   VisitID
	IdP       string // entityID
	Level     int    // asked for, 1 to 3
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Login is somebody who has proved who they are to Varco [accesso].
type Login struct {
	ID         LoginID
	CookieHash []byte
	PersonID   PersonID
	Scheme     string // SPID, CIE or CNS
	IdP        string // entityID
	SpidCode   string
	Level      int    // 1 to 3
	Class      string // the AuthnContextClassRef received
	CreatedAt  time.Time
	ExpiresAt  time.Time
	EndedAt    time.Time
	EndReason  EndReason
}

// VisitReader finds visits, requests and logins.
type VisitReader interface {
	VisitByCookie(hash []byte) (Visit, error)
	LoginRequest(id string) (LoginRequest, error)
	Login(LoginID) (Login, error)
	LoginByCookie(hash []byte) (Login, error)
}

// VisitWriter keeps visits, requests and logins.
type VisitWriter interface {
	InsertVisit(Visit) error
	UpdateVisit(Visit) error
	DeleteVisit(VisitID) error
	InsertLoginRequest(LoginRequest) error
	// TakeLoginRequest removes the request: NotFound when it was taken before.
	TakeLoginRequest(id string) (LoginRequest, error)
	// InsertUsed records a one-time identifier until an instant: Conflict when it is
	// already there. The issuer is an entityID.
	InsertUsed(issuer, id string, until time.Time) error
	InsertLogin(Login) error
	UpdateLogin(Login) error
	// EndLogins ends the open logins of a person.
	EndLogins(person PersonID, at time.Time, reason EndReason) error
	// Forget removes visits, requests and one-time identifiers that expired before an instant.
	Forget(before time.Time) error
}
