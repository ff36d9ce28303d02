package samltest

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"varco/saml"
)

// authnRequest is an AuthnRequest as SPID wants it, read the plain way.
type authnRequest struct {
	XMLName      xml.Name  `xml:"urn:oasis:names:tc:SAML:2.0:protocol AuthnRequest"`
	ID           string    `xml:",attr"`
	Version      string    `xml:",attr"`
	IssueInstant time.Time `xml:",attr"`
	Destination  string    `xml:",attr"`
	ForceAuthn   bool      `xml:",attr"`
	IsPassive    *bool     `xml:",attr"`
	ACSIndex     *int      `xml:"AssertionConsumerServiceIndex,attr"`
	ACSURL       string    `xml:"AssertionConsumerServiceURL,attr"`
	Attributes   *int      `xml:"AttributeConsumingServiceIndex,attr"`
	Issuer       struct {
		Format        string `xml:",attr"`
		NameQualifier string `xml:",attr"`
		Value         string `xml:",chardata"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:assertion Issuer"`
	NameIDPolicy struct {
		Format      string  `xml:",attr"`
		AllowCreate *string `xml:",attr"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:protocol NameIDPolicy"`
	Context struct {
		Comparison string   `xml:",attr"`
		ClassRefs  []string `xml:"urn:oasis:names:tc:SAML:2.0:assertion AuthnContextClassRef"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:protocol RequestedAuthnContext"`
}

// readRedirect reads a request of the redirect binding: the signature covers the raw
// query up to "&Signature=".
func (p *Provider) readRedirect(raw string) (question, error) {
	signed, signature, ok := strings.Cut(raw, "&Signature=")
	values, err := url.ParseQuery(raw)
	if err != nil || !ok {
		return question{}, errors.New("the query carries no signature")
	}
	packed, err := base64.StdEncoding.DecodeString(values.Get("SAMLRequest"))
	if err != nil {
		return question{}, errors.New("SAMLRequest is not base64")
	}
	data, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), 1<<16))
	if err != nil {
		return question{}, errors.New("SAMLRequest is not deflated")
	}
	req, caller, err := p.read(data)
	if err != nil {
		return question{}, err
	}
	if bytes.Contains(data, []byte("SignatureValue")) {
		return question{}, errors.New("a signature inside a message sent by redirect")
	}
	signature, _ = url.QueryUnescape(signature)
	if err := verifyQuery(caller, signed, values.Get("SigAlg"), signature); err != nil {
		return question{}, err
	}
	return p.check(req, caller, values.Get("RelayState"))
}

func verifyQuery(caller saml.Application, signed, algorithm, signature string) error {
	value, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || algorithm != dsig.RSASHA256SignatureMethod {
		return errors.New("the signature is not RSA-SHA256 in base64")
	}
	digest := sha256.Sum256([]byte(signed))
	for _, cert := range caller.Certificates {
		key, ok := cert.PublicKey.(*rsa.PublicKey)
		if ok && rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], value) == nil {
			return nil
		}
	}
	return errors.New("no key of the service provider made the signature")
}

// readPost reads a request of the POST binding, signed inside.
func (p *Provider) readPost(field, relayState string) (question, error) {
	data, err := base64.StdEncoding.DecodeString(field)
	if err != nil {
		return question{}, errors.New("SAMLRequest is not base64")
	}
	req, caller, err := p.read(data)
	if err != nil {
		return question{}, err
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return question{}, err
	}
	if sig := doc.FindElement("/AuthnRequest/Signature"); sig == nil || sig.Index() != 1 {
		return question{}, errors.New("the signature does not stand right after the Issuer")
	}
	ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: caller.Certificates})
	ctx.Clock = dsig.NewFakeClockAt(p.now())
	if _, err := ctx.Validate(doc.Root()); err != nil {
		return question{}, fmt.Errorf("the signature does not verify: %w", err)
	}
	return p.check(req, caller, relayState)
}

func (p *Provider) read(data []byte) (authnRequest, saml.Application, error) {
	var req authnRequest
	if err := xml.Unmarshal(data, &req); err != nil {
		return req, saml.Application{}, fmt.Errorf("SAMLRequest: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	caller, ok := p.callers[req.Issuer.Value]
	if !ok {
		return req, caller, errors.New("the Issuer is no service provider known here")
	}
	return req, caller, nil
}

// check is the list of what SPID's providers refuse (single-sign-on.rst; anomalies 8
// to 18 of messaggi-errore.rst).
func (p *Provider) check(req authnRequest, caller saml.Application, relayState string) (question, error) {
	const entity = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
	const transient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	rules := []struct {
		broken bool
		text   string
	}{
		{req.Version != "2.0", "nr09: Version is not 2.0"},
		{req.ID == "" || req.ID[0] >= '0' && req.ID[0] <= '9', "nr11: ID is no NCName"},
		{len(req.Context.ClassRefs) != 1 || saml.LevelOf(first(req.Context.ClassRefs)) == 0, "nr12: not exactly one level"},
		{req.Context.Comparison == "", "nr12: no Comparison"},
		{req.IssueInstant.Sub(p.now()).Abs() > 3*time.Minute, "nr13: IssueInstant is not now"},
		{req.Destination != p.base+"/sso", "nr14: Destination is not this provider"},
		{req.IsPassive != nil, "nr15: IsPassive must not be given"},
		{req.ACSIndex == nil || req.ACSURL != "", "nr16: not exactly the index of the consumer"},
		{req.NameIDPolicy.Format != transient, "nr17: NameIDPolicy is not transient"},
		{req.NameIDPolicy.AllowCreate != nil, "nr17: AllowCreate must not be given"},
		{req.Attributes == nil || *req.Attributes != 0, "nr18: no such AttributeConsumingService"},
		{req.Issuer.Format != entity || req.Issuer.NameQualifier != req.Issuer.Value, "nr08: Issuer without Format and NameQualifier"},
		{!req.ForceAuthn, "ForceAuthn must be true"},
		{relayState == "" || strings.Contains(relayState, "http"), "RelayState is missing or not opaque"},
	}
	for _, r := range rules {
		if r.broken {
			return question{}, errors.New(r.text)
		}
	}
	for _, c := range caller.Consumers {
		if c.Index == *req.ACSIndex {
			return question{id: req.ID, issuer: req.Issuer.Value, acs: c.URL, relayState: relayState, issuedAt: req.IssueInstant}, nil
		}
	}
	return question{}, errors.New("nr16: no consumer of this index")
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
