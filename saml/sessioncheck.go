package saml

import (
	"net/url"
	"time"
)

// checkLife is how long a question about a session stays fresh.
const checkLife = time.Minute

// SessionCheck is an application's question whether a session still holds. It is a
// GET with the parameters, in this order,
//
//	SessionIndex  as in the assertion
//	Issuer        the application's entityID
//	IssueInstant  now, RFC 3339 in UTC
//	SigAlg        as in the redirect binding
//	Signature     over the raw query up to here, with the application's signing key
//
// The answer is {"active":true,"notOnOrAfter":"..."} or {"active":false}.
type SessionCheck struct {
	SessionIndex string
	Application  string // entityID
}

// ReadSessionCheck reads and verifies a question from the raw query string.
func ReadSessionCheck(raw string, apps Applications, now time.Time) (SessionCheck, error) {
	q, err := splitQuery(raw, "SessionIndex", "Issuer", "IssueInstant", "SigAlg", "Signature")
	if err != nil {
		return SessionCheck{}, err
	}
	index, err := q.value("SessionIndex")
	if err != nil {
		return SessionCheck{}, err
	}
	issuer, err := q.value("Issuer")
	if err != nil {
		return SessionCheck{}, err
	}
	app, ok := apps(issuer)
	if !ok {
		return SessionCheck{}, refuse(0, "Issuer", "no application of this name is registered")
	}
	sig, err := q.signature("SessionIndex", "Issuer", "IssueInstant")
	if err != nil {
		return SessionCheck{}, err
	}
	if sig == nil {
		return SessionCheck{}, refuse(0, "Signature", "missing")
	}
	if err := sig.verify(app.Certificates); err != nil {
		return SessionCheck{}, err
	}
	return SessionCheck{SessionIndex: index, Application: issuer}, q.fresh(now)
}

// fresh checks the instant of the question.
func (q rawQuery) fresh(now time.Time) error {
	s, err := q.value("IssueInstant")
	if err != nil {
		return err
	}
	at, ok := parseTime(s)
	if !ok {
		return refuse(0, "IssueInstant", "missing or not an instant in UTC")
	}
	if at.After(now.Add(skew)) || at.Before(now.Add(-checkLife)) {
		return refuse(0, "IssueInstant", "more than %s away", checkLife)
	}
	return nil
}

// SessionCheckURL makes the signed question. endpoint is Varco's /saml/session.
func SessionCheckURL(endpoint string, c SessionCheck, key KeyPair, now time.Time) (string, error) {
	query := "SessionIndex=" + url.QueryEscape(c.SessionIndex) +
		"&Issuer=" + url.QueryEscape(c.Application) +
		"&IssueInstant=" + url.QueryEscape(formatTime(now))
	signed, err := signQuery(query, key)
	if err != nil {
		return "", err
	}
	return endpoint + "?" + signed, nil
}
