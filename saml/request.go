package saml

import (
	"slices"
	"time"

	"github.com/beevik/etree"
)

// requestLife is how long a request of an application stays fresh.
const requestLife = 5 * time.Minute

// Request is what an application asks of Varco, verified.
type Request struct {
	ID          string // to be used up by the caller, once per application
	Application Application
	ConsumerURL string // where the answer goes; it stands in the application's metadata
	RelayState  string // opaque; goes back unchanged
	Level       Level  // at least; 0 = none asked
	ForceAuthn  bool
	IssuedAt    time.Time
}

// Applications finds an application by its entityID; ok is false for one that is
// unknown or switched off.
type Applications func(entityID string) (app Application, ok bool)

// ReadRedirect reads and verifies an AuthnRequest from the raw query string of a GET,
// octet for octet as received. An error that is a *Refusal with a Status comes with a
// request that may be answered with it.
func (i Issuer) ReadRedirect(raw string, apps Applications, now time.Time) (Request, error) {
	m, err := readRedirect(raw, "SAMLRequest")
	if err != nil {
		return Request{}, err
	}
	root, err := parseMessage(m.xml)
	if err != nil {
		return Request{}, err
	}
	// SAML bindings §3.4.4.1: a message sent by redirect carries its signature
	// beside it, never inside.
	if count(root, nsSignature, "Signature") > 0 {
		return Request{}, refuse(0, ruleSignature, "inside a message sent by redirect")
	}
	app, err := i.sender(root, apps)
	if err != nil {
		return Request{}, err
	}
	if m.signature != nil {
		if err := m.signature.verify(app.Certificates); err != nil {
			return Request{}, err
		}
	} else if i.mustSign(app) {
		return Request{}, refuse(0, ruleSignature, "missing; this application signs its requests")
	}
	return i.check(root, app, m.relayState, now)
}

// ReadPost reads and verifies an AuthnRequest from the fields of a form.
func (i Issuer) ReadPost(field, relayState string, apps Applications, now time.Time) (Request, error) {
	if err := checkRelayState(relayState); err != nil {
		return Request{}, err
	}
	data, err := decodePost(field)
	if err != nil {
		return Request{}, err
	}
	root, err := parseMessage(data)
	if err != nil {
		return Request{}, err
	}
	app, err := i.sender(root, apps)
	if err != nil {
		return Request{}, err
	}
	switch signatures := count(root, nsSignature, "Signature"); {
	case signatures > 0:
		if root, err = verifyEnveloped(root, app.Certificates); err != nil {
			return Request{}, err
		}
	case i.mustSign(app):
		return Request{}, refuse(0, ruleSignature, "missing; this application signs its requests")
	}
	return i.check(root, app, relayState, now)
}

func (i Issuer) mustSign(app Application) bool { return i.WantSigned || app.AuthnRequestsSigned }

// sender finds the application that the request says it comes from; its metadata say
// with which keys that is to be proved.
func (i Issuer) sender(root *etree.Element, apps Applications) (Application, error) {
	if !isElement(root, nsProtocol, "AuthnRequest") {
		return Application{}, refuse(0, "AuthnRequest", "the root element is another")
	}
	app, ok := apps(text(child(root, nsAssertion, "Issuer")))
	if !ok {
		return Application{}, refuse(0, "AuthnRequest/Issuer", "no application of this name is registered")
	}
	return app, nil
}

// check tests everything but the signature. Until the consumer is known nothing can be
// answered to the application; from there on refusals carry a status.
func (i Issuer) check(root *etree.Element, app Application, relayState string, now time.Time) (Request, error) {
	req := Request{Application: app, RelayState: relayState}
	if issuers := children(root, nsAssertion, "Issuer"); len(issuers) != 1 || text(issuers[0]) != app.EntityID {
		return Request{}, refuse(0, "AuthnRequest/Issuer", "not exactly one")
	}
	if err := i.header(root, &req, now); err != nil {
		return Request{}, err
	}
	if err := req.consumer(root); err != nil {
		return Request{}, err
	}
	return req, req.wishes(root)
}

func (i Issuer) header(root *etree.Element, req *Request, now time.Time) error {
	if req.ID, _ = attr(root, "ID"); !ncName.MatchString(req.ID) {
		return refuse(0, "AuthnRequest/@ID", "missing or no NCName")
	}
	if v, _ := attr(root, "Version"); v != "2.0" {
		return refuse(0, "AuthnRequest/@Version", "is not 2.0")
	}
	// SAML bindings §3.4.5.2, §3.5.5.2: a signed message names where it goes.
	if d, _ := attr(root, "Destination"); d != i.SSOURL {
		return refuse(0, "AuthnRequest/@Destination", "is not this service")
	}
	s, _ := attr(root, "IssueInstant")
	at, ok := parseTime(s)
	switch {
	case !ok:
		return refuse(0, "AuthnRequest/@IssueInstant", "missing or not an instant in UTC")
	case at.After(now.Add(skew)):
		return refuse(0, "AuthnRequest/@IssueInstant", "in the future")
	case at.Before(now.Add(-requestLife)):
		return refuse(0, "AuthnRequest/@IssueInstant", "older than %s", requestLife)
	}
	req.IssuedAt = at
	return nil
}

// consumer finds where the answer goes: an address or an index, and nothing that the
// metadata do not list (SAML core §3.4.1).
func (r *Request) consumer(root *etree.Element) error {
	url, byURL := attr(root, "AssertionConsumerServiceURL")
	index, byIndex := attr(root, "AssertionConsumerServiceIndex")
	binding, hasBinding := attr(root, "ProtocolBinding")
	switch {
	case byURL && byIndex, byIndex && hasBinding:
		return refuse(0, "AuthnRequest/@AssertionConsumerServiceIndex", "excludes URL and ProtocolBinding")
	case hasBinding && binding != BindingPost:
		return refuse(0, "AuthnRequest/@ProtocolBinding", "only HTTP-POST is served")
	case byURL:
		if !r.Application.takesAnswersAt(url) {
			return refuse(0, "AuthnRequest/@AssertionConsumerServiceURL", "is not in the application's metadata")
		}
		r.ConsumerURL = url
	case byIndex:
		consumer, ok := r.Application.consumerAt(index)
		if !ok {
			return refuse(0, "AuthnRequest/@AssertionConsumerServiceIndex", "is not in the application's metadata")
		}
		r.ConsumerURL = consumer.URL
	default:
		r.ConsumerURL = r.Application.defaultConsumer().URL
	}
	return nil
}

// wishes reads what the application wants of the login. What Varco cannot grant is
// answered, so that the application learns of it.
func (r *Request) wishes(root *etree.Element) error {
	r.ForceAuthn = isTrue(root, "ForceAuthn")
	if isTrue(root, "IsPassive") {
		return answer(StatusNoPassive, "AuthnRequest/@IsPassive", "a login always needs the person")
	}
	if child(root, nsAssertion, "Subject") != nil || child(root, nsAssertion, "Conditions") != nil {
		return answer(StatusRequestUnsupported, "AuthnRequest", "Subject and Conditions are not served")
	}
	format, given := attr(child(root, nsProtocol, "NameIDPolicy"), "Format")
	if given && format != formatPersistent && format != formatUnspecified {
		return answer(StatusInvalidNameIDPolicy, "AuthnRequest/NameIDPolicy/@Format", "only persistent names are issued")
	}
	return r.level(child(root, nsProtocol, "RequestedAuthnContext"))
}

// level reads the level asked for. As in SPID an answer may always be of a higher
// level, so "exact" is read as "minimum"; among several classes the lowest will do.
func (r *Request) level(context *etree.Element) error {
	if context == nil {
		return nil
	}
	const rule = "AuthnRequest/RequestedAuthnContext"
	if comparison, given := attr(context, "Comparison"); given && comparison != "exact" && comparison != "minimum" {
		return answer(StatusNoAuthnContext, rule+"/@Comparison", "only minimum and exact are served")
	}
	var levels []Level
	for _, ref := range children(context, nsAssertion, "AuthnContextClassRef") {
		if l := LevelOf(text(ref)); l > 0 {
			levels = append(levels, l)
		}
	}
	if len(levels) == 0 {
		return answer(StatusNoAuthnContext, rule, "names none of the three levels of SPID")
	}
	r.Level = slices.Min(levels)
	return nil
}

func isTrue(el *etree.Element, name string) bool {
	v, _ := attr(el, name)
	return v == "true" || v == "1" // xs:boolean
}
