package saml

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/beevik/etree"
)

// bearerLife is how long an application may take to post Varco's assertion on.
const bearerLife = 2 * time.Minute

// Attribute is one attribute released to an application, with one or more values.
type Attribute struct {
	Name   string
	Values []string
}

// Grant is what Varco tells an application about a person.
type Grant struct {
	PersonID     string // never leaves: the application gets a name of its own for it
	ClassRef     string // AuthnContextClassRef as the identity provider gave it
	AuthnInstant time.Time
	SessionIndex string
	SessionEnd   time.Time   // SessionNotOnOrAfter
	Attributes   []Attribute // those of REQUIREMENTS C.4, in the order given
}

// Answer builds the form that carries the signed assertion back to the application.
func (i Issuer) Answer(req Request, g Grant, now time.Time) (PostPage, error) {
	assertion := i.assertion(req, g, now)
	if err := sign(assertion, i.Key); err != nil {
		return PostPage{}, fmt.Errorf("answer: %w", err)
	}
	response := i.response(req, now)
	add(add(response, "samlp:Status", ""), "samlp:StatusCode", "", "Value", StatusSuccess)
	response.AddChild(assertion)
	return i.form(req, response)
}

// Refuse builds the form that tells the application why it gets no assertion.
func (i Issuer) Refuse(req Request, status, message string, now time.Time) (PostPage, error) {
	top := StatusResponder
	if status == StatusRequestUnsupported || status == StatusInvalidNameIDPolicy {
		top = StatusRequester
	}
	response := i.response(req, now)
	st := add(response, "samlp:Status", "")
	add(add(st, "samlp:StatusCode", "", "Value", top), "samlp:StatusCode", "", "Value", status)
	add(st, "samlp:StatusMessage", message)
	return i.form(req, response)
}

func (i Issuer) form(req Request, response *etree.Element) (PostPage, error) {
	if err := sign(response, i.Key); err != nil {
		return PostPage{}, fmt.Errorf("answer: %w", err)
	}
	data, err := serialize(response)
	if err != nil {
		return PostPage{}, fmt.Errorf("answer: %w", err)
	}
	page := PostPage{
		Action: req.ConsumerURL,
		Fields: []Field{{"SAMLResponse", base64.StdEncoding.EncodeToString(data)}},
		Note:   "Stai per tornare a " + req.Application.Name + ".",
	}
	if req.RelayState != "" {
		page.Fields = append(page.Fields, Field{"RelayState", req.RelayState})
	}
	return page, nil
}

func (i Issuer) response(req Request, now time.Time) *etree.Element {
	el := element("samlp", nsProtocol, "Response")
	el.CreateAttr("xmlns:saml", nsAssertion)
	el.CreateAttr("ID", newID())
	el.CreateAttr("Version", "2.0")
	el.CreateAttr("IssueInstant", formatTime(now))
	el.CreateAttr("Destination", req.ConsumerURL)
	el.CreateAttr("InResponseTo", req.ID)
	add(el, "saml:Issuer", i.EntityID, "Format", formatEntity)
	return el
}

// assertion builds the assertion; the order of the children is the schema's.
func (i Issuer) assertion(req Request, g Grant, now time.Time) *etree.Element {
	el := element("saml", nsAssertion, "Assertion")
	el.CreateAttr("ID", newID())
	el.CreateAttr("Version", "2.0")
	el.CreateAttr("IssueInstant", formatTime(now))
	add(el, "saml:Issuer", i.EntityID, "Format", formatEntity)
	i.addSubject(el, req, g, now)
	conditions := add(el, "saml:Conditions", "",
		"NotBefore", formatTime(now), "NotOnOrAfter", formatTime(now.Add(bearerLife)))
	add(add(conditions, "saml:AudienceRestriction", ""), "saml:Audience", req.Application.EntityID)
	statement := add(el, "saml:AuthnStatement", "", "AuthnInstant", formatTime(g.AuthnInstant),
		"SessionIndex", g.SessionIndex, "SessionNotOnOrAfter", formatTime(g.SessionEnd))
	add(add(statement, "saml:AuthnContext", ""), "saml:AuthnContextClassRef", g.ClassRef)
	addAttributes(el, g.Attributes)
	return el
}

func (i Issuer) addSubject(el *etree.Element, req Request, g Grant, now time.Time) {
	subject := add(el, "saml:Subject", "")
	add(subject, "saml:NameID", i.pairwise(g.PersonID, req.Application.EntityID), "Format", formatPersistent,
		"NameQualifier", i.EntityID, "SPNameQualifier", req.Application.EntityID)
	confirmation := add(subject, "saml:SubjectConfirmation", "", "Method", methodBearer)
	add(confirmation, "saml:SubjectConfirmationData", "", "Recipient", req.ConsumerURL,
		"InResponseTo", req.ID, "NotOnOrAfter", formatTime(now.Add(bearerLife)))
}

func addAttributes(el *etree.Element, attributes []Attribute) {
	statement := add(el, "saml:AttributeStatement", "")
	for _, a := range attributes {
		at := add(statement, "saml:Attribute", "", "Name", a.Name, "NameFormat", attributeBasic)
		for _, v := range a.Values {
			add(at, "saml:AttributeValue", v)
		}
	}
}
