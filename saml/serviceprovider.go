package saml

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"github.com/beevik/etree"
)

// ServiceProvider is Varco as SPID knows it [fornitore di servizi]: it asks the
// identity providers who somebody is.
type ServiceProvider struct {
	EntityID  string
	ACSURL    string // where answers are posted
	LogoutURL string // where logout messages are taken; may be empty
	Dialect   Dialect
	Key       KeyPair
	Body      Body
}

// Body is the public body behind the service, as SPID wants it described
// (metadata.rst; Avviso SPID 29).
type Body struct {
	Name        string // its official name
	DisplayName string // as people know it; empty: the official name
	URL         string // its site
	Service     string // name of the service that asks for the attributes
	IPACode     string // its code in the index of public administrations
	FiscalCode  string
	Email       string // an impersonal address
	Phone       string // "+39..." without blanks; may be empty
}

// The indexes that the metadata publish. They may never be reused for something
// else: providers load new metadata days apart (italia/spid #569).
const (
	acsIndex       = 0
	attributeIndex = 0
)

// requestedAttributes are what the published AttributeConsumingService asks for:
// what the registry keeps of a person and no more.
var requestedAttributes = []string{
	"spidCode", "fiscalNumber", "name", "familyName", "dateOfBirth", "placeOfBirth", "gender", "email",
}

// LoginRequest is a request for authentication, built and not yet sent.
type LoginRequest struct {
	ID         string
	Provider   Provider
	Level      Level // at least
	IssuedAt   time.Time
	RelayState string // opaque
	xml        *etree.Element
}

// NewLoginRequest builds an AuthnRequest in the form that SPID prescribes: a new
// login is forced, the answer goes to the default consumer, the level is a minimum
// (single-sign-on.rst; Avvisi SPID 5 and 11).
func (sp ServiceProvider) NewLoginRequest(to Provider, level Level, now time.Time) LoginRequest {
	id := newID()
	el := element("samlp", nsProtocol, "AuthnRequest")
	el.CreateAttr("xmlns:saml", nsAssertion)
	el.CreateAttr("ID", id)
	el.CreateAttr("Version", "2.0")
	el.CreateAttr("IssueInstant", formatTime(now))
	el.CreateAttr("Destination", to.destination())
	el.CreateAttr("ForceAuthn", "true")
	el.CreateAttr("AssertionConsumerServiceIndex", strconv.Itoa(acsIndex))
	el.CreateAttr("AttributeConsumingServiceIndex", strconv.Itoa(attributeIndex))
	add(el, "saml:Issuer", sp.EntityID, "Format", formatEntity, "NameQualifier", sp.EntityID)
	add(el, "samlp:NameIDPolicy", "", "Format", sp.Dialect.NameIDFormat)
	context := add(el, "samlp:RequestedAuthnContext", "", "Comparison", "minimum")
	add(context, "saml:AuthnContextClassRef", level.ClassRef())
	return LoginRequest{ID: id, Provider: to, Level: level, IssuedAt: now, RelayState: newID(), xml: el}
}

// Expectation is what the answer to a request that was sent must hold.
func (sp ServiceProvider) Expectation(requestID string, from Provider, level Level, issuedAt time.Time) Expectation {
	return Expectation{
		RequestID:    requestID,
		IssuedAt:     issuedAt,
		Issuer:       from.EntityID,
		Certificates: from.Certificates,
		Audience:     sp.EntityID,
		ACSURL:       sp.ACSURL,
		Level:        level,
		Dialect:      sp.Dialect,
	}
}

// destination is where requests go: by redirect where the provider offers it.
func (p Provider) destination() string {
	if p.RedirectURL != "" {
		return p.RedirectURL
	}
	return p.PostURL
}

// ByForm tells that the provider takes requests by form only.
func (r LoginRequest) ByForm() bool { return r.Provider.RedirectURL == "" }

// RedirectURL is the signed address that carries the request.
func (sp ServiceProvider) RedirectURL(r LoginRequest) (string, error) {
	data, err := serialize(r.xml)
	if err != nil {
		return "", fmt.Errorf("login request: %w", err)
	}
	return redirectURL(r.Provider.RedirectURL, "SAMLRequest", data, r.RelayState, sp.Key)
}

// PostForm is the form that carries the request, with the signature inside the
// message, right after its Issuer (single-sign-on.rst, HTTP-POST).
func (sp ServiceProvider) PostForm(r LoginRequest) (PostPage, error) {
	signed := r.xml.Copy()
	if err := sign(signed, sp.Key); err != nil {
		return PostPage{}, fmt.Errorf("login request: %w", err)
	}
	data, err := serialize(signed)
	if err != nil {
		return PostPage{}, fmt.Errorf("login request: %w", err)
	}
	return PostPage{
		Action: r.Provider.PostURL,
		Fields: []Field{
			{"SAMLRequest", base64.StdEncoding.EncodeToString(data)},
			{"RelayState", r.RelayState},
		},
		Note: "Stai per andare al sito di " + r.Provider.Name + ".",
	}, nil
}
