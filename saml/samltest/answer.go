package samltest

import (
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"varco/saml"
)

const (
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	entity      = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
	transient   = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	bearer      = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	basic       = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
	success     = "urn:oasis:names:tc:SAML:2.0:status:Success"
	instant     = "2006-01-02T15:04:05Z"
)

// Draft is an answer in the making, as a [Lie] gets it.
type Draft struct {
	Response  *etree.Element // root; holds Assertion only once that is signed
	Assertion *etree.Element
	// How the two are signed; a nil key leaves the signature out.
	ResponseKey, AssertionKey *saml.KeyPair
	Hash                      crypto.Hash          // SHA-256
	Stranger                  func() *saml.KeyPair // a key that nobody trusts
	Now, RequestedAt          time.Time
	// Field is set last: what the browser carries. A lie on the wire may replace it.
	Field, Last string
}

// Answer gives the SAMLResponse field for a request as its redirect carries it,
// without the login page.
func (p *Provider) Answer(redirect string, who Person, level saml.Level) (string, error) {
	_, raw, _ := strings.Cut(redirect, "?")
	q, err := p.readRedirect(raw)
	if err != nil {
		return "", err
	}
	return p.respond(q, who, level)
}

// respond builds, signs and packs the answer to a question.
func (p *Provider) respond(q question, who Person, level saml.Level) (string, error) {
	p.mu.Lock()
	lie, last := p.lie, p.last
	p.mu.Unlock()
	a := &Draft{
		Response: p.response(q), Assertion: p.assertion(q, who, level),
		ResponseKey: &p.key, AssertionKey: &p.key, Hash: crypto.SHA256, Stranger: p.strangerKey,
		Now: p.now(), RequestedAt: q.issuedAt, Last: last,
	}
	if err := a.make(lie); err != nil {
		return "", err
	}
	p.mu.Lock()
	p.last = a.Field
	p.mu.Unlock()
	return a.Field, nil
}

func (p *Provider) strangerKey() *saml.KeyPair {
	key, err := p.stranger()
	if err != nil {
		panic(err)
	}
	return &key
}

// make applies the lie, before and after signing, and packs the answer.
func (a *Draft) make(lie Lie) error {
	if lie.Content != nil {
		lie.Content(a)
	}
	if a.Assertion != nil {
		if err := envelope(a.Assertion, a.AssertionKey, a.Hash); err != nil {
			return err
		}
		a.Response.AddChild(a.Assertion)
	}
	if err := envelope(a.Response, a.ResponseKey, a.Hash); err != nil {
		return err
	}
	if lie.Signed != nil {
		lie.Signed(a)
	}
	doc := etree.NewDocument()
	doc.SetRoot(a.Response)
	data, err := doc.WriteToBytes()
	if err != nil {
		return err
	}
	if lie.Wire != nil {
		data = lie.Wire(data)
	}
	a.Field = base64.StdEncoding.EncodeToString(data)
	if lie.Again && a.Last != "" {
		a.Field = a.Last
	}
	return nil
}

// envelope signs el right after its Issuer.
func envelope(el *etree.Element, key *saml.KeyPair, hash crypto.Hash) error {
	if key == nil {
		return nil
	}
	ctx, err := dsig.NewSigningContext(key.Key, [][]byte{key.Certificate.Raw})
	if err != nil {
		return err
	}
	ctx.Hash = hash
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	sig, err := ctx.ConstructSignature(el.Copy(), true)
	if err != nil {
		return err
	}
	at := 0
	if issuer := el.FindElement("./Issuer"); issuer != nil {
		at = issuer.Index() + 1
	}
	el.InsertChildAt(at, sig)
	return nil
}

func (p *Provider) response(q question) *etree.Element {
	now := p.now().UTC().Format(instant)
	el := etree.NewElement("samlp:Response")
	attrs(el, "xmlns:samlp", nsProtocol, "xmlns:saml", nsAssertion, "ID", "_"+rand.Text(), "Version", "2.0",
		"IssueInstant", now, "InResponseTo", q.id, "Destination", q.acs)
	node(el, "saml:Issuer", p.entityID, "Format", entity)
	node(node(el, "samlp:Status", ""), "samlp:StatusCode", "", "Value", success)
	return el
}

func (p *Provider) assertion(q question, who Person, level saml.Level) *etree.Element {
	now := p.now().UTC()
	at, until := now.Format(instant), now.Add(5*time.Minute).Format(instant)
	el := etree.NewElement("saml:Assertion")
	attrs(el, "xmlns:saml", nsAssertion, "ID", "_"+rand.Text(), "Version", "2.0", "IssueInstant", at)
	node(el, "saml:Issuer", p.entityID, "Format", entity)
	subject := node(el, "saml:Subject", "")
	node(subject, "saml:NameID", "_"+rand.Text(), "Format", transient, "NameQualifier", p.entityID)
	confirmation := node(subject, "saml:SubjectConfirmation", "", "Method", bearer)
	node(confirmation, "saml:SubjectConfirmationData", "", "Recipient", q.acs, "NotOnOrAfter", until, "InResponseTo", q.id)
	conditions := node(el, "saml:Conditions", "", "NotBefore", at, "NotOnOrAfter", until)
	node(node(conditions, "saml:AudienceRestriction", ""), "saml:Audience", q.issuer)
	statement := node(el, "saml:AuthnStatement", "", "AuthnInstant", at, "SessionIndex", "_"+rand.Text())
	node(node(statement, "saml:AuthnContext", ""), "saml:AuthnContextClassRef", level.ClassRef())
	list := node(el, "saml:AttributeStatement", "")
	for _, a := range who.spidAttributes(now) {
		node(node(list, "saml:Attribute", "", "Name", a[0], "NameFormat", basic), "saml:AttributeValue", a[1])
	}
	return el
}

// Metadata describes the provider, signed as SPID's are.
func (p *Provider) Metadata() ([]byte, error) {
	root := etree.NewElement("md:EntityDescriptor")
	attrs(root, "xmlns:md", nsMetadata, "xmlns:ds", dsig.Namespace, "entityID", p.entityID, "ID", "_metadata")
	role := node(root, "md:IDPSSODescriptor", "", "protocolSupportEnumeration", nsProtocol, "WantAuthnRequestsSigned", "true")
	info := node(node(role, "md:KeyDescriptor", "", "use", "signing"), "ds:KeyInfo", "")
	node(node(info, "ds:X509Data", ""), "ds:X509Certificate", base64.StdEncoding.EncodeToString(p.key.Certificate.Raw))
	node(role, "md:NameIDFormat", transient)
	for _, binding := range p.bindings {
		node(role, "md:SingleSignOnService", "", "Binding", binding, "Location", p.base+"/sso")
	}
	org := node(root, "md:Organization", "")
	node(org, "md:OrganizationName", "IdP di prova", "xml:lang", "it")
	node(org, "md:OrganizationDisplayName", "IdP di prova", "xml:lang", "it")
	node(org, "md:OrganizationURL", p.base, "xml:lang", "it")
	if err := envelope(root, &p.key, crypto.SHA256); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.SetRoot(root)
	return doc.WriteToBytes()
}

// node appends a child with text and attributes.
func node(parent *etree.Element, name, text string, pairs ...string) *etree.Element {
	el := parent.CreateElement(name)
	if text != "" {
		el.SetText(text)
	}
	attrs(el, pairs...)
	return el
}

func attrs(el *etree.Element, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		el.CreateAttr(pairs[i], pairs[i+1])
	}
}
