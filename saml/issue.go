package saml

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
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
	assertion := i.assertion(req, g, whole(now)).Element()
	if err := sign(assertion, i.Key); err != nil {
		return PostPage{}, fmt.Errorf("answer: %w", err)
	}
	response := i.response(req, crewjam.Status{StatusCode: crewjam.StatusCode{Value: StatusSuccess}}, whole(now)).Element()
	response.AddChild(assertion)
	return i.form(req, response)
}

// Refuse builds the form that tells the application why it gets no assertion.
func (i Issuer) Refuse(req Request, status, message string, now time.Time) (PostPage, error) {
	top := StatusResponder
	if status == StatusRequestUnsupported || status == StatusInvalidNameIDPolicy {
		top = StatusRequester
	}
	refusal := crewjam.Status{
		StatusCode:    crewjam.StatusCode{Value: top, StatusCode: &crewjam.StatusCode{Value: status}},
		StatusMessage: &crewjam.StatusMessage{Value: message},
	}
	return i.form(req, i.response(req, refusal, whole(now)).Element())
}

// whole is an instant as assertions carry it: in UTC, to the second.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

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

func (i Issuer) name() crewjam.Issuer {
	return crewjam.Issuer{Format: formatEntity, Value: i.EntityID}
}

func (i Issuer) response(req Request, status crewjam.Status, now time.Time) *crewjam.Response {
	issuer := i.name()
	return &crewjam.Response{
		ID: newID(), Version: "2.0", IssueInstant: now, Destination: req.ConsumerURL, InResponseTo: req.ID,
		Issuer: &issuer, Status: status,
	}
}

// assertion is what the application is told, in the shape of SAML core §2.3.3.
func (i Issuer) assertion(req Request, g Grant, now time.Time) *crewjam.Assertion {
	end := whole(g.SessionEnd)
	return &crewjam.Assertion{
		ID: newID(), Version: "2.0", IssueInstant: now, Issuer: i.name(),
		Subject: i.subject(req, g, now),
		Conditions: &crewjam.Conditions{
			NotBefore: now, NotOnOrAfter: now.Add(bearerLife),
			AudienceRestrictions: []crewjam.AudienceRestriction{{Audience: crewjam.Audience{Value: req.Application.EntityID}}},
		},
		AuthnStatements: []crewjam.AuthnStatement{{
			AuthnInstant: whole(g.AuthnInstant), SessionIndex: g.SessionIndex, SessionNotOnOrAfter: &end,
			AuthnContext: crewjam.AuthnContext{AuthnContextClassRef: &crewjam.AuthnContextClassRef{Value: g.ClassRef}},
		}},
		AttributeStatements: []crewjam.AttributeStatement{{Attributes: released(g.Attributes)}},
	}
}

func (i Issuer) subject(req Request, g Grant, now time.Time) *crewjam.Subject {
	return &crewjam.Subject{
		NameID: &crewjam.NameID{
			Value: i.pairwise(g.PersonID, req.Application.EntityID), Format: formatPersistent,
			NameQualifier: i.EntityID, SPNameQualifier: req.Application.EntityID,
		},
		SubjectConfirmations: []crewjam.SubjectConfirmation{{
			Method: methodBearer,
			SubjectConfirmationData: &crewjam.SubjectConfirmationData{
				Recipient: req.ConsumerURL, InResponseTo: req.ID, NotOnOrAfter: now.Add(bearerLife),
			},
		}},
	}
}

func released(attributes []Attribute) []crewjam.Attribute {
	var list []crewjam.Attribute
	for _, a := range attributes {
		at := crewjam.Attribute{Name: a.Name, NameFormat: attributeBasic}
		for _, v := range a.Values {
			at.Values = append(at.Values, crewjam.AttributeValue{Type: "xs:string", Value: v})
		}
		list = append(list, at)
	}
	return list
}
