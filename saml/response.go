package saml

import (
	"cmp"
	"crypto/x509"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// skew is how far two clocks may be apart.
const skew = 30 * time.Second

// Response is an answer that passed the limits and the shape check. Nothing in it is
// trusted before Check.
type Response struct {
	// InResponseTo is what the message claims; it serves only to look up the request
	// that was sent, from which everything else to compare with is taken.
	InResponseTo string
	root         *etree.Element
}

// ReadResponse reads the SAMLResponse field of a form.
func ReadResponse(field string) (Response, error) {
	data, err := decodePost(field)
	if err != nil {
		return Response{}, err
	}
	root, err := parseMessage(data)
	if err != nil {
		return Response{}, err
	}
	if !isElement(root, nsProtocol, "Response") {
		return Response{}, refuse(0, "Response", "the root element is another")
	}
	to, _ := attr(root, "InResponseTo")
	return Response{InResponseTo: to, root: root}, nil
}

// Dialect is where the partners of SAML differ.
type Dialect struct {
	NameIDFormat string   // of the subject
	Attributes   []string // that must be there
}

// The dialects spoken here.
var (
	// DialectSPID is that of the SPID providers (single-sign-on.rst).
	DialectSPID = Dialect{
		NameIDFormat: formatTransient,
		Attributes:   []string{"fiscalNumber", "name", "familyName", "dateOfBirth"},
	}
	// DialectVarco is what Varco itself speaks to applications (REQUIREMENTS C.4).
	DialectVarco = Dialect{
		NameIDFormat: formatPersistent,
		Attributes:   []string{"fiscalNumber", "name", "familyName", "actingContext"},
	}
)

// Expectation is what an answer is compared with. All of it comes from the request
// that was sent and from configuration, none from the answer.
type Expectation struct {
	RequestID    string
	IssuedAt     time.Time // of the request
	Issuer       string    // entityID the request went to
	Certificates []*x509.Certificate
	Audience     string // our entityID
	ACSURL       string // where the answer arrived
	Level        Level  // at least; 0 = any
	Dialect      Dialect
}

// checker compares one answer with what is expected of it at one instant.
type checker struct {
	want Expectation
	now  time.Time
}

// Check verifies the answer and returns what its assertion says. The order is that of
// trust: shape, signatures, and from there on signed bytes only. The caller still has
// to use up the request and the assertion's ID, once.
func (r Response) Check(want Expectation, now time.Time) (Assertion, error) {
	c := checker{want: want, now: now}
	if err := c.shape(r.root); err != nil {
		return Assertion{}, err
	}
	signed, err := c.verify(r.root, 2, 4)
	if err != nil {
		return Assertion{}, err
	}
	if err := c.response(signed); err != nil {
		return Assertion{}, err
	}
	// The assertion is verified where it stood, with the namespaces around it, and
	// read from what its own signature covers.
	assertion, err := c.verify(child(r.root, nsAssertion, "Assertion"), 3, 100)
	if err != nil {
		return Assertion{}, err
	}
	return c.assertion(assertion)
}

// shape makes sure that there is one way only to point at things: no second
// assertion, no signature other than the two expected, no encryption.
func (c checker) shape(root *etree.Element) error {
	if n := count(root, nsAssertion, "EncryptedAssertion"); n > 0 {
		return refuse(0, "Response", "an EncryptedAssertion: Varco publishes no encryption key")
	}
	direct := children(root, nsAssertion, "Assertion")
	if count(root, nsAssertion, "Assertion") != len(direct) || len(direct) > 1 {
		return refuse(0, "Response", "more than one Assertion, or one that is hidden")
	}
	signatures := len(children(root, nsSignature, "Signature"))
	if err := c.identifier(root, "Response", 8); err != nil {
		return err
	}
	if len(direct) == 1 {
		signatures += len(children(direct[0], nsSignature, "Signature"))
		if err := c.identifier(direct[0], "Assertion", 33); err != nil {
			return err
		}
	}
	if count(root, nsSignature, "Signature") != signatures {
		return refuse(0, "Response", "a Signature where none belongs")
	}
	return nil
}

// verify returns what the signature of el covers; absent and wrong are the SPID cases
// of a signature that is not there and of one that does not verify.
func (c checker) verify(el *etree.Element, absent, wrong int) (*etree.Element, error) {
	signed, err := verifyEnveloped(el, c.want.Certificates)
	if r, ok := err.(*Refusal); ok {
		r.Case = wrong
		if child(el, nsSignature, "Signature") == nil {
			r.Case = absent
		}
	}
	return signed, err
}

// response checks the envelope (single-sign-on.rst, Response).
func (c checker) response(el *etree.Element) error {
	if err := cmp.Or(
		c.version(el, "Response", 10),
		c.issued(el, "Response", 11),
		c.attribute(el, "Response", "InResponseTo", c.want.RequestID, 16),
		c.attribute(el, "Response", "Destination", c.want.ACSURL, 19),
		c.issuer(el, "Response", 27),
		c.issuerFormat(el, "Response", 28, false),
		c.status(el),
	); err != nil {
		return err
	}
	if child(el, nsAssertion, "Assertion") == nil {
		return refuse(32, "Response/Assertion", "missing")
	}
	return nil
}

// The four checks below serve Response and Assertion alike. n is the SPID case "not
// specified" (empty); n+1 is "missing", n+2 "different".

func (c checker) identifier(el *etree.Element, what string, n int) error {
	id, ok := attr(el, "ID")
	switch {
	case !ok:
		return refuse(n+1, what+"/@ID", "missing")
	case !ncName.MatchString(id):
		return refuse(n, what+"/@ID", "empty or no NCName")
	}
	return nil
}

func (c checker) version(el *etree.Element, what string, n int) error {
	if v, _ := attr(el, "Version"); v != "2.0" {
		return refuse(n, what+"/@Version", "is not 2.0")
	}
	return nil
}

// issued checks IssueInstant: n empty, n+1 missing, n+2 malformed, n+3 before the
// request, n+4 in the future. Providers may write whole seconds, so the request's
// instant is truncated.
func (c checker) issued(el *etree.Element, what string, n int) error {
	t, err := c.instant(el, what, "IssueInstant", n)
	switch {
	case err != nil:
		return err
	case t.Before(c.want.IssuedAt.Truncate(time.Second)):
		return refuse(n+3, what+"/@IssueInstant", "before the request")
	case t.After(c.now.Add(skew)):
		return refuse(n+4, what+"/@IssueInstant", "in the future")
	}
	return nil
}

// instant reads a time: n empty, n+1 missing, n+2 malformed.
func (c checker) instant(el *etree.Element, what, name string, n int) (time.Time, error) {
	s, ok := attr(el, name)
	rule := what + "/@" + name
	switch {
	case !ok:
		return time.Time{}, refuse(n+1, rule, "missing")
	case s == "":
		return time.Time{}, refuse(n, rule, "empty")
	}
	t, ok := parseTime(s)
	if !ok {
		return time.Time{}, refuse(n+2, rule, "not an instant in UTC")
	}
	return t, nil
}

// attribute compares an attribute: n empty, n+1 missing, n+2 different.
func (c checker) attribute(el *etree.Element, what, name, want string, n int) error {
	got, ok := attr(el, name)
	rule := what + "/@" + name
	switch {
	case !ok:
		return refuse(n+1, rule, "missing")
	case got == "":
		return refuse(n, rule, "empty")
	case got != want:
		return refuse(n+2, rule, "is not the one expected")
	}
	return nil
}

// issuer compares the Issuer: n empty, n+1 missing, n+2 different.
func (c checker) issuer(el *etree.Element, what string, n int) error {
	issuers := children(el, nsAssertion, "Issuer")
	switch {
	case len(issuers) != 1:
		return refuse(n+1, what+"/Issuer", "%d elements, expected 1", len(issuers))
	case text(issuers[0]) == "":
		return refuse(n, what+"/Issuer", "empty")
	case text(issuers[0]) != c.want.Issuer:
		return refuse(n+2, what+"/Issuer", "is not the provider the request went to")
	}
	return nil
}

// issuerFormat checks the format of the Issuer: n empty, n+1 missing, n+2 different.
func (c checker) issuerFormat(el *etree.Element, what string, n int, required bool) error {
	format, ok := attr(child(el, nsAssertion, "Issuer"), "Format")
	rule := what + "/Issuer/@Format"
	switch {
	case !ok && required:
		return refuse(n+1, rule, "missing")
	case !ok:
		return nil // case 31
	case format == "" && required:
		return refuse(n, rule, "empty")
	case format != formatEntity:
		return refuse(n+2, rule, "is not entity")
	}
	return nil
}

// status checks the outcome: 22-26, and 104-111 where the provider reports why a
// person could not enter (messaggi-errore.rst).
func (c checker) status(el *etree.Element) error {
	statuses := children(el, nsProtocol, "Status")
	if len(statuses) != 1 {
		return refuse(23, "Response/Status", "%d elements, expected 1", len(statuses))
	}
	codes := children(statuses[0], nsProtocol, "StatusCode")
	if len(codes) != 1 {
		n := 25
		if len(statuses[0].ChildElements()) == 0 {
			n = 22
		}
		return refuse(n, "Response/Status/StatusCode", "%d elements, expected 1", len(codes))
	}
	code, _ := attr(codes[0], "Value")
	switch code {
	case StatusSuccess:
		return nil
	case "":
		return refuse(24, "Response/Status/StatusCode", "empty")
	}
	return failure(statuses[0])
}

// anomalyCases are the rows of the SPID table for the anomalies a person causes.
var anomalyCases = map[int]int{19: 104, 20: 105, 21: 106, 22: 107, 23: 108, 25: 111}

// failure reads "ErrorCode nrNN" of the StatusMessage.
func failure(status *etree.Element) error {
	message := text(child(status, nsProtocol, "StatusMessage"))
	r := &Refusal{Case: 26, Rule: "Response/Status", Msg: "the provider did not authenticate anybody"}
	if _, nr, found := strings.Cut(message, "ErrorCode nr"); found {
		if n, err := strconv.Atoi(nr); err == nil && n > 0 && n < 100 {
			r.Anomaly = n
			r.Case = cmp.Or(anomalyCases[n], 26)
		}
	}
	return r
}
