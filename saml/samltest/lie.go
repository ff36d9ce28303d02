package samltest

import (
	"bytes"
	"crypto"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Lie is one way for a provider to misbehave. The zero Lie is the truth.
type Lie struct {
	Name string
	// Case is the row of SPID's published table of responses, 0 outside of it.
	Case int
	// Accepted tells that a service provider must accept the answer all the same.
	Accepted bool
	// Content changes the answer before it is signed, Signed afterwards, Wire the
	// bytes that travel.
	Content func(*Draft)
	Signed  func(*Draft)
	Wire    func([]byte) []byte
	// Again sends the answer before this one once more.
	Again bool
}

// LieByName finds a lie of [Lies]; it panics on a name that is not there.
func LieByName(name string) Lie {
	for _, l := range Lies() {
		if l.Name == name {
			return l
		}
	}
	panic("samltest: no lie " + name)
}

// The builders below make the table of lies.go one line a row. A path is that of
// etree, from the Response ("R") or, after "A/", from the Assertion ("A").

func (a *Draft) find(path string) *etree.Element {
	switch rest, inside := strings.CutPrefix(path, "A/"); {
	case path == "R":
		return a.Response
	case path == "A":
		return a.Assertion
	case inside:
		return a.Assertion.FindElement("./" + rest)
	}
	return a.Response.FindElement("./" + path)
}

// set gives an attribute another value.
func set(path, name, value string) func(*Draft) {
	return func(a *Draft) { a.find(path).CreateAttr(name, value) }
}

// drop takes an attribute away.
func drop(path, name string) func(*Draft) {
	return func(a *Draft) { a.find(path).RemoveAttr(name) }
}

// remove takes an element away.
func remove(path string) func(*Draft) {
	return func(a *Draft) {
		el := a.find(path)
		el.Parent().RemoveChild(el)
	}
}

// empty leaves an element without attributes, children and text.
func empty(path string) func(*Draft) {
	return func(a *Draft) {
		el := a.find(path)
		el.Attr, el.Child = nil, nil
	}
}

// text gives an element another text.
func text(path, value string) func(*Draft) {
	return func(a *Draft) { a.find(path).SetText(value) }
}

// at sets an instant some time away from now.
func at(path, name string, away time.Duration) func(*Draft) {
	return func(a *Draft) { a.find(path).CreateAttr(name, a.Now.Add(away).UTC().Format(instant)) }
}

// before sets an instant some time before the request.
func before(path, name string) func(*Draft) {
	return func(a *Draft) {
		a.find(path).CreateAttr(name, a.RequestedAt.Add(-5*time.Minute).UTC().Format(instant))
	}
}

// anomaly answers that the person did not enter (messaggi-errore.rst).
func anomaly(nr string) func(*Draft) {
	return func(a *Draft) {
		status := a.find("Status")
		status.Child = nil
		code := node(status, "samlp:StatusCode", "", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")
		node(code, "samlp:StatusCode", "", "Value", "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed")
		node(status, "samlp:StatusMessage", "ErrorCode nr"+nr)
		a.Assertion = nil
	}
}

// swap replaces bytes on the wire.
func swap(old, new string) func([]byte) []byte {
	return func(data []byte) []byte { return bytes.Replace(data, []byte(old), []byte(new), 1) }
}

// evil is a copy of the signed assertion, without its signature, that speaks of
// somebody else.
func (a *Draft) evil() *etree.Element {
	el := a.Assertion.Copy()
	el.CreateAttr("ID", "_evil")
	el.CreateAttr("xmlns:saml", nsAssertion)
	if sig := el.FindElement("./Signature"); sig != nil {
		el.RemoveChild(sig)
	}
	el.FindElement("./AttributeStatement/Attribute[@Name='fiscalNumber']/AttributeValue").SetText("TINIT-VLIVLI80A01H501V")
	return el
}

func withSHA1(a *Draft) { a.Hash = crypto.SHA1 }
