package saml

import (
	"cmp"
	"time"

	"github.com/beevik/etree"
)

// Assertion is what a verified assertion says.
type Assertion struct {
	ID                  string
	Issuer              string
	NameID              string
	Level               Level
	ClassRef            string // as received
	SessionIndex        string
	AuthnInstant        time.Time
	NotOnOrAfter        time.Time // of the conditions: remember the ID until then, and the skew
	SessionNotOnOrAfter time.Time // zero: not given
	Attributes          map[string][]string
}

// assertion checks a verified assertion against what is expected
// (single-sign-on.rst, Assertion; the numbers are rows of the SPID table).
func (c checker) assertion(el *etree.Element) (Assertion, error) {
	out := Assertion{Issuer: c.want.Issuer}
	out.ID, _ = attr(el, "ID")
	err := cmp.Or(
		c.identifier(el, "Assertion", 33),
		c.version(el, "Assertion", 35),
		c.issued(el, "Assertion", 36),
		c.issuer(el, "Assertion", 67),
		c.issuerFormat(el, "Assertion", 70, true),
		c.subject(el, &out),
		c.conditions(el, &out),
		c.authnStatement(el, &out),
		c.attributes(el, &out),
	)
	if err != nil {
		return Assertion{}, err
	}
	return out, nil
}

// subject checks cases 41 to 66.
func (c checker) subject(el *etree.Element, out *Assertion) error {
	subjects := children(el, nsAssertion, "Subject")
	if len(subjects) != 1 {
		return refuse(42, "Assertion/Subject", "%d elements, expected 1", len(subjects))
	}
	if len(subjects[0].ChildElements()) == 0 {
		return refuse(41, "Assertion/Subject", "empty")
	}
	return cmp.Or(c.nameID(subjects[0], out), c.confirmation(subjects[0]))
}

func (c checker) nameID(subject *etree.Element, out *Assertion) error {
	names := children(subject, nsAssertion, "NameID")
	if len(names) != 1 {
		return refuse(44, "Assertion/Subject/NameID", "%d elements, expected 1", len(names))
	}
	if out.NameID = text(names[0]); out.NameID == "" {
		return refuse(43, "Assertion/Subject/NameID", "empty")
	}
	const rule = "Assertion/Subject/NameID"
	if err := c.attribute(names[0], rule, "Format", c.want.Dialect.NameIDFormat, 45); err != nil {
		return err
	}
	qualifier, ok := attr(names[0], "NameQualifier")
	switch {
	case !ok:
		return refuse(49, rule+"/@NameQualifier", "missing")
	case qualifier == "":
		return refuse(48, rule+"/@NameQualifier", "empty")
	}
	return nil
}

func (c checker) confirmation(subject *etree.Element) error {
	const rule = "Assertion/Subject/SubjectConfirmation"
	confirmations := children(subject, nsAssertion, "SubjectConfirmation")
	if len(confirmations) != 1 {
		return refuse(52, rule, "%d elements, expected 1", len(confirmations))
	}
	confirmation := confirmations[0]
	if len(confirmation.ChildElements()) == 0 && len(confirmation.Attr) == 0 {
		return refuse(51, rule, "empty")
	}
	if err := c.attribute(confirmation, rule, "Method", methodBearer, 53); err != nil {
		return err
	}
	data := children(confirmation, nsAssertion, "SubjectConfirmationData")
	if len(data) != 1 {
		return refuse(56, rule+"/SubjectConfirmationData", "%d elements, expected 1", len(data))
	}
	return c.confirmationData(data[0], rule+"/SubjectConfirmationData")
}

func (c checker) confirmationData(data *etree.Element, rule string) error {
	if _, given := attr(data, "NotBefore"); given { // SAML profiles §4.1.4.2
		return refuse(0, rule+"/@NotBefore", "must not be given for a bearer")
	}
	return cmp.Or(
		c.attribute(data, rule, "Recipient", c.want.ACSURL, 57),
		c.attribute(data, rule, "InResponseTo", c.want.RequestID, 60),
		c.notOver(data, rule, 63, nil),
	)
}

// notOver checks NotOnOrAfter: n empty, n+1 missing, n+2 malformed, n+3 passed.
func (c checker) notOver(el *etree.Element, rule string, n int, keep *time.Time) error {
	t, err := c.instant(el, rule, "NotOnOrAfter", n)
	if err != nil {
		return err
	}
	if !c.now.Add(-skew).Before(t) {
		return refuse(n+3, rule+"/@NotOnOrAfter", "has passed")
	}
	if keep != nil {
		*keep = t
	}
	return nil
}

// conditions checks cases 73 to 87.
func (c checker) conditions(el *etree.Element, out *Assertion) error {
	const rule = "Assertion/Conditions"
	list := children(el, nsAssertion, "Conditions")
	if len(list) != 1 {
		return refuse(74, rule, "%d elements, expected 1", len(list))
	}
	conditions := list[0]
	if len(conditions.ChildElements()) == 0 && len(conditions.Attr) == 0 {
		return refuse(73, rule, "empty")
	}
	return cmp.Or(
		c.begun(conditions, rule),
		c.notOver(conditions, rule, 79, &out.NotOnOrAfter),
		c.audience(conditions, rule),
	)
}

func (c checker) begun(conditions *etree.Element, rule string) error {
	from, err := c.instant(conditions, rule, "NotBefore", 75)
	if err != nil {
		return err
	}
	if c.now.Add(skew).Before(from) {
		return refuse(78, rule+"/@NotBefore", "is still to come")
	}
	return nil
}

func (c checker) audience(conditions *etree.Element, rule string) error {
	rule += "/AudienceRestriction"
	restrictions := children(conditions, nsAssertion, "AudienceRestriction")
	if len(restrictions) != 1 {
		return refuse(84, rule, "%d elements, expected 1", len(restrictions))
	}
	audiences := children(restrictions[0], nsAssertion, "Audience")
	switch {
	case len(audiences) == 0 && len(restrictions[0].ChildElements()) == 0:
		return refuse(83, rule, "empty")
	case len(audiences) != 1:
		return refuse(86, rule+"/Audience", "%d elements, expected 1", len(audiences))
	case text(audiences[0]) == "":
		return refuse(85, rule+"/Audience", "empty")
	case text(audiences[0]) != c.want.Audience:
		return refuse(87, rule+"/Audience", "is not this service")
	}
	return nil
}

// authnStatement checks cases 88 to 97.
func (c checker) authnStatement(el *etree.Element, out *Assertion) error {
	const rule = "Assertion/AuthnStatement"
	statements := children(el, nsAssertion, "AuthnStatement")
	if len(statements) != 1 {
		return refuse(89, rule, "%d elements, expected 1", len(statements))
	}
	st := statements[0]
	if len(st.ChildElements()) == 0 && len(st.Attr) == 0 {
		return refuse(88, rule, "empty")
	}
	out.SessionIndex, _ = attr(st, "SessionIndex")
	return cmp.Or(c.authenticated(st, rule, out), c.sessionEnd(st, rule, out), c.level(st, rule, out))
}

// authenticated checks that the login is as fresh as it was asked to be (ForceAuthn,
// SAML core §3.4.1).
func (c checker) authenticated(st *etree.Element, rule string, out *Assertion) error {
	s, _ := attr(st, "AuthnInstant")
	t, ok := parseTime(s)
	switch {
	case !ok:
		return refuse(0, rule+"/@AuthnInstant", "missing or not an instant in UTC")
	case t.After(c.now.Add(skew)):
		return refuse(0, rule+"/@AuthnInstant", "in the future")
	case t.Before(c.want.IssuedAt.Truncate(time.Second).Add(-skew)):
		return refuse(0, rule+"/@AuthnInstant", "before the request, which asked for a new login")
	}
	out.AuthnInstant = t
	return nil
}

func (c checker) sessionEnd(st *etree.Element, rule string, out *Assertion) error {
	s, given := attr(st, "SessionNotOnOrAfter")
	if !given {
		return nil
	}
	t, ok := parseTime(s)
	if !ok || !c.now.Add(-skew).Before(t) {
		return refuse(0, rule+"/@SessionNotOnOrAfter", "not an instant in UTC, or passed")
	}
	out.SessionNotOnOrAfter = t
	return nil
}

// level checks cases 90 to 97: a higher level than asked is always welcome.
func (c checker) level(st *etree.Element, rule string, out *Assertion) error {
	rule += "/AuthnContext"
	contexts := children(st, nsAssertion, "AuthnContext")
	if len(contexts) != 1 {
		return refuse(91, rule, "%d elements, expected 1", len(contexts))
	}
	refs := children(contexts[0], nsAssertion, "AuthnContextClassRef")
	switch {
	case len(contexts[0].ChildElements()) == 0:
		return refuse(90, rule, "empty")
	case len(refs) != 1:
		return refuse(93, rule+"/AuthnContextClassRef", "%d elements, expected 1", len(refs))
	}
	out.ClassRef = text(refs[0])
	out.Level = LevelOf(out.ClassRef)
	switch {
	case out.ClassRef == "":
		return refuse(92, rule+"/AuthnContextClassRef", "empty")
	case out.Level == 0:
		return refuse(97, rule+"/AuthnContextClassRef", "is none of the three levels")
	case out.Level < c.want.Level:
		return refuse(94, rule+"/AuthnContextClassRef", "level %d, at least %d was asked", out.Level, c.want.Level)
	}
	return nil
}

// attributes checks cases 98, 99 and 103. The NameFormat may be absent (109).
func (c checker) attributes(el *etree.Element, out *Assertion) error {
	const rule = "Assertion/AttributeStatement"
	statements := children(el, nsAssertion, "AttributeStatement")
	if len(statements) != 1 {
		return refuse(103, rule, "%d elements, expected 1", len(statements))
	}
	list := children(statements[0], nsAssertion, "Attribute")
	if len(list) == 0 {
		return refuse(98, rule+"/Attribute", "missing")
	}
	out.Attributes = make(map[string][]string, len(list))
	for _, a := range list {
		if err := takeAttribute(a, rule, out.Attributes); err != nil {
			return err
		}
	}
	for _, name := range c.want.Dialect.Attributes {
		if values := out.Attributes[name]; len(values) == 0 || values[0] == "" {
			return refuse(103, rule, "the attribute %s was asked for and is missing", name)
		}
	}
	return nil
}

// takeAttribute reads one attribute. Told twice, it could be read in two ways.
func takeAttribute(a *etree.Element, rule string, into map[string][]string) error {
	name, _ := attr(a, "Name")
	if name == "" {
		return refuse(99, rule+"/Attribute/@Name", "missing or empty")
	}
	if _, twice := into[name]; twice {
		return refuse(0, rule+"/Attribute", "an attribute is given twice")
	}
	values := []string{}
	for _, v := range a.ChildElements() {
		if !isElement(v, nsAssertion, "AttributeValue") || len(v.ChildElements()) > 0 {
			return refuse(0, rule+"/Attribute/AttributeValue", "is not plain text")
		}
		values = append(values, text(v))
	}
	into[name] = values
	return nil
}
