package samltest

import (
	"slices"
	"time"

	"github.com/beevik/etree"
)

// Lies returns every lie the provider knows: the published table of responses by its
// numbers, then signature wrapping and the other shapes of attack.
func Lies() []Lie {
	return slices.Concat(signatureLies, responseLies, subjectLies, conditionLies, statementLies,
		anomalyLies, wrappingLies, shapeLies)
}

const (
	otherURL     = "https://altrove.example.org/acs"
	name         = "A/Subject/NameID"
	confirm      = "A/Subject/SubjectConfirmation"
	data         = confirm + "/SubjectConfirmationData"
	restriction  = "A/Conditions/AudienceRestriction"
	authnContext = "A/AuthnStatement/AuthnContext"
	classRef     = authnContext + "/AuthnContextClassRef"
	attributes   = "A/AttributeStatement"
)

var signatureLies = []Lie{
	{Name: "truth", Case: 1, Accepted: true},
	{Name: "response not signed", Case: 2, Content: func(a *Draft) { a.ResponseKey = nil }},
	{Name: "assertion not signed", Case: 3, Content: func(a *Draft) { a.AssertionKey = nil }},
	{Name: "nothing signed", Case: 2, Content: func(a *Draft) { a.ResponseKey, a.AssertionKey = nil, nil }},
	{Name: "response signed with another key", Case: 4, Content: func(a *Draft) { a.ResponseKey = a.Stranger() }},
	{Name: "assertion signed with another key", Case: 100, Content: func(a *Draft) { a.AssertionKey = a.Stranger() }},
	{Name: "response changed after signing", Case: 4, Signed: set("R", "Consent", "urn:x")},
	{Name: "assertion changed after signing", Case: 4, Signed: text(name, "_other")},
	{Name: "SHA-1", Case: 4, Content: withSHA1},
}

var responseLies = []Lie{
	{Name: "response ID empty", Case: 8, Content: set("R", "ID", "")},
	{Name: "response ID missing", Case: 9, Content: drop("R", "ID")},
	{Name: "response Version", Case: 10, Content: set("R", "Version", "2.1")},
	{Name: "response IssueInstant empty", Case: 11, Content: set("R", "IssueInstant", "")},
	{Name: "response IssueInstant missing", Case: 12, Content: drop("R", "IssueInstant")},
	{Name: "response IssueInstant malformed", Case: 13, Content: set("R", "IssueInstant", "ieri")},
	{Name: "response IssueInstant not in UTC", Case: 13, Content: func(a *Draft) {
		rome := time.FixedZone("", 3600)
		a.Response.CreateAttr("IssueInstant", a.Now.In(rome).Format(time.RFC3339))
	}},
	{Name: "response IssueInstant before the request", Case: 14, Content: before("R", "IssueInstant")},
	{Name: "response IssueInstant in the future", Case: 15, Content: at("R", "IssueInstant", 10*time.Minute)},
	{Name: "response InResponseTo empty", Case: 16, Content: set("R", "InResponseTo", "")},
	{Name: "response InResponseTo missing", Case: 17, Content: drop("R", "InResponseTo")},
	{Name: "response InResponseTo another", Case: 18, Content: set("R", "InResponseTo", "_other")},
	{Name: "response Destination empty", Case: 19, Content: set("R", "Destination", "")},
	{Name: "response Destination missing", Case: 20, Content: drop("R", "Destination")},
	{Name: "response Destination another", Case: 21, Content: set("R", "Destination", otherURL)},
	{Name: "Status empty", Case: 22, Content: empty("Status")},
	{Name: "Status missing", Case: 23, Content: remove("Status")},
	{Name: "StatusCode empty", Case: 24, Content: set("Status/StatusCode", "Value", "")},
	{Name: "StatusCode missing", Case: 25, Content: func(a *Draft) {
		a.find("Status").Child = nil
		node(a.find("Status"), "samlp:StatusMessage", "?")
	}},
	{Name: "StatusCode not success", Case: 26, Content: set("Status/StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch")},
	{Name: "response Issuer empty", Case: 27, Content: text("Issuer", "")},
	{Name: "response Issuer missing", Case: 28, Content: remove("Issuer")},
	{Name: "response Issuer another", Case: 29, Content: text("Issuer", "https://altrove.example.org")},
	{Name: "response Issuer format another", Case: 30, Content: set("Issuer", "Format", transient)},
	{Name: "response Issuer format missing", Case: 31, Accepted: true, Content: drop("Issuer", "Format")},
	{Name: "Assertion missing", Case: 32, Content: func(a *Draft) { a.Assertion = nil }},
	{Name: "response IssueInstant with milliseconds", Case: 110, Accepted: true, Content: func(a *Draft) {
		a.Response.CreateAttr("IssueInstant", a.Now.UTC().Format("2006-01-02T15:04:05.000Z"))
	}},
}

var subjectLies = []Lie{
	{Name: "assertion ID empty", Case: 33, Content: set("A", "ID", "")},
	{Name: "assertion ID missing", Case: 34, Content: drop("A", "ID")},
	{Name: "assertion Version", Case: 35, Content: set("A", "Version", "1.1")},
	{Name: "assertion IssueInstant empty", Case: 36, Content: set("A", "IssueInstant", "")},
	{Name: "assertion IssueInstant missing", Case: 37, Content: drop("A", "IssueInstant")},
	{Name: "assertion IssueInstant malformed", Case: 38, Content: set("A", "IssueInstant", "2026-01-01")},
	{Name: "assertion IssueInstant before the request", Case: 39, Content: before("A", "IssueInstant")},
	{Name: "assertion IssueInstant in the future", Case: 40, Content: at("A", "IssueInstant", 10*time.Minute)},
	{Name: "Subject empty", Case: 41, Content: empty("A/Subject")},
	{Name: "Subject missing", Case: 42, Content: remove("A/Subject")},
	{Name: "NameID empty", Case: 43, Content: text(name, "")},
	{Name: "NameID missing", Case: 44, Content: remove(name)},
	{Name: "NameID Format empty", Case: 45, Content: set(name, "Format", "")},
	{Name: "NameID Format missing", Case: 46, Content: drop(name, "Format")},
	{Name: "NameID Format another", Case: 47, Content: set(name, "Format", entity)},
	{Name: "NameID NameQualifier empty", Case: 48, Content: set(name, "NameQualifier", "")},
	{Name: "NameID NameQualifier missing", Case: 49, Content: drop(name, "NameQualifier")},
	{Name: "SubjectConfirmation empty", Case: 51, Content: empty(confirm)},
	{Name: "SubjectConfirmation missing", Case: 52, Content: remove(confirm)},
	{Name: "Method empty", Case: 53, Content: set(confirm, "Method", "")},
	{Name: "Method missing", Case: 54, Content: drop(confirm, "Method")},
	{Name: "Method another", Case: 55, Content: set(confirm, "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")},
	{Name: "SubjectConfirmationData missing", Case: 56, Content: remove(data)},
	{Name: "Recipient empty", Case: 57, Content: set(data, "Recipient", "")},
	{Name: "Recipient missing", Case: 58, Content: drop(data, "Recipient")},
	{Name: "Recipient another", Case: 59, Content: set(data, "Recipient", otherURL)},
	{Name: "confirmation InResponseTo empty", Case: 60, Content: set(data, "InResponseTo", "")},
	{Name: "confirmation InResponseTo missing", Case: 61, Content: drop(data, "InResponseTo")},
	{Name: "confirmation InResponseTo another", Case: 62, Content: set(data, "InResponseTo", "_other")},
	{Name: "confirmation NotOnOrAfter empty", Case: 63, Content: set(data, "NotOnOrAfter", "")},
	{Name: "confirmation NotOnOrAfter missing", Case: 64, Content: drop(data, "NotOnOrAfter")},
	{Name: "confirmation NotOnOrAfter malformed", Case: 65, Content: set(data, "NotOnOrAfter", "domani")},
	{Name: "confirmation NotOnOrAfter passed", Case: 66, Content: at(data, "NotOnOrAfter", -time.Minute)},
	{Name: "confirmation NotBefore given", Content: at(data, "NotBefore", -time.Minute)},
	{Name: "two confirmations", Content: func(a *Draft) {
		a.find("A/Subject").AddChild(a.find(confirm).Copy())
	}, Case: 52},
}

var conditionLies = []Lie{
	{Name: "assertion Issuer empty", Case: 67, Content: text("A/Issuer", "")},
	{Name: "assertion Issuer missing", Case: 68, Content: remove("A/Issuer")},
	{Name: "assertion Issuer another", Case: 69, Content: text("A/Issuer", "https://altrove.example.org")},
	{Name: "assertion Issuer format empty", Case: 70, Content: set("A/Issuer", "Format", "")},
	{Name: "assertion Issuer format missing", Case: 71, Content: drop("A/Issuer", "Format")},
	{Name: "assertion Issuer format another", Case: 72, Content: set("A/Issuer", "Format", transient)},
	{Name: "Conditions empty", Case: 73, Content: empty("A/Conditions")},
	{Name: "Conditions missing", Case: 74, Content: remove("A/Conditions")},
	{Name: "NotBefore empty", Case: 75, Content: set("A/Conditions", "NotBefore", "")},
	{Name: "NotBefore missing", Case: 76, Content: drop("A/Conditions", "NotBefore")},
	{Name: "NotBefore malformed", Case: 77, Content: set("A/Conditions", "NotBefore", "0")},
	{Name: "NotBefore to come", Case: 78, Content: at("A/Conditions", "NotBefore", time.Minute)},
	{Name: "NotOnOrAfter empty", Case: 79, Content: set("A/Conditions", "NotOnOrAfter", "")},
	{Name: "NotOnOrAfter missing", Case: 80, Content: drop("A/Conditions", "NotOnOrAfter")},
	{Name: "NotOnOrAfter malformed", Case: 81, Content: set("A/Conditions", "NotOnOrAfter", "0")},
	{Name: "NotOnOrAfter passed", Case: 82, Content: at("A/Conditions", "NotOnOrAfter", -time.Minute)},
	{Name: "AudienceRestriction empty", Case: 83, Content: empty(restriction)},
	{Name: "AudienceRestriction missing", Case: 84, Content: remove(restriction)},
	{Name: "Audience empty", Case: 85, Content: text(restriction+"/Audience", "")},
	{Name: "Audience missing", Case: 86, Content: func(a *Draft) {
		a.find(restriction).Child = nil
		node(a.find(restriction), "saml:Other", "")
	}},
	{Name: "Audience another", Case: 87, Content: text(restriction+"/Audience", "https://altrove.example.org")},
}

var statementLies = []Lie{
	{Name: "AuthnStatement empty", Case: 88, Content: empty("A/AuthnStatement")},
	{Name: "AuthnStatement missing", Case: 89, Content: remove("A/AuthnStatement")},
	{Name: "AuthnContext empty", Case: 90, Content: empty(authnContext)},
	{Name: "AuthnContext missing", Case: 91, Content: remove(authnContext)},
	{Name: "AuthnContextClassRef empty", Case: 92, Content: text(classRef, "")},
	{Name: "AuthnContextClassRef missing", Case: 93, Content: func(a *Draft) {
		a.find(authnContext).Child = nil
		node(a.find(authnContext), "saml:AuthnContextDecl", "x")
	}},
	{Name: "level 1", Case: 94, Content: text(classRef, "https://www.spid.gov.it/SpidL1")},
	{Name: "level 2", Case: 95, Accepted: true, Content: text(classRef, "https://www.spid.gov.it/SpidL2")},
	{Name: "level 3", Case: 96, Accepted: true, Content: text(classRef, "https://www.spid.gov.it/SpidL3")},
	{Name: "level unknown", Case: 97, Content: text(classRef, "https://www.spid.gov.it/SpidL4")},
	{Name: "AuthnInstant long ago", Content: before("A/AuthnStatement", "AuthnInstant")},
	{Name: "AuthnInstant in the future", Content: at("A/AuthnStatement", "AuthnInstant", 10*time.Minute)},
	{Name: "AuthnInstant missing", Content: drop("A/AuthnStatement", "AuthnInstant")},
	{Name: "session over", Content: at("A/AuthnStatement", "SessionNotOnOrAfter", -time.Minute)},
	{Name: "AttributeStatement empty", Case: 98, Content: empty(attributes)},
	{Name: "Attribute empty", Case: 99, Content: empty(attributes + "/Attribute")},
	{Name: "other attributes than asked", Case: 103, Content: remove(attributes + "/Attribute[@Name='fiscalNumber']")},
	{Name: "AttributeStatement missing", Case: 103, Content: remove(attributes)},
	{Name: "attributes without NameFormat", Case: 109, Accepted: true, Content: func(a *Draft) {
		for _, el := range a.Assertion.FindElements("./AttributeStatement/Attribute") {
			el.RemoveAttr("NameFormat")
		}
	}},
	{Name: "attribute twice", Content: func(a *Draft) {
		a.find(attributes).AddChild(a.find(attributes + "/Attribute[@Name='fiscalNumber']").Copy())
	}},
	{Name: "attribute with markup", Content: func(a *Draft) {
		node(a.find(attributes+"/Attribute[@Name='name']/AttributeValue"), "saml:x", "y")
	}},
}

var anomalyLies = []Lie{
	{Name: "anomaly 19", Case: 104, Content: anomaly("19")},
	{Name: "anomaly 20", Case: 105, Content: anomaly("20")},
	{Name: "anomaly 21", Case: 106, Content: anomaly("21")},
	{Name: "anomaly 22", Case: 107, Content: anomaly("22")},
	{Name: "anomaly 23", Case: 108, Content: anomaly("23")},
	{Name: "anomaly 25", Case: 111, Content: anomaly("25")},
	{Name: "anomaly 30", Case: 26, Content: anomaly("30")},
}

// Signature wrapping, with the namespaces left true, so that what refuses them is the
// rule and not an accident.
var wrappingLies = []Lie{
	{Name: "foreign metadata in front, assertion not signed", Case: 112, Content: func(a *Draft) {
		a.Response.InsertChildAt(0, a.foreign())
		a.AssertionKey = nil
	}},
	{Name: "foreign metadata in front, assertion corrupted", Case: 113, Content: func(a *Draft) {
		a.Response.InsertChildAt(0, a.foreign())
	}, Signed: text(name, "_corrupted")},
	{Name: "foreign metadata in front, all else true", Content: func(a *Draft) {
		a.Response.InsertChildAt(0, a.foreign())
	}},
	{Name: "XSW1 signed response inside the signature of another", Signed: func(a *Draft) {
		signed := a.Response.Copy()
		a.forgeResponse()
		a.find("Signature").AddChild(unsign(signed))
	}},
	{Name: "XSW2 signed response before the signature of another", Signed: func(a *Draft) {
		signed := a.Response.Copy()
		a.forgeResponse()
		a.Response.InsertChildAt(1, unsign(signed))
	}},
	{Name: "XSW3 false assertion in front", Signed: func(a *Draft) {
		a.Response.InsertChildAt(a.Assertion.Index(), a.evil())
	}},
	{Name: "XSW4 true assertion inside the false one", Signed: func(a *Draft) {
		evil := a.evil()
		a.Response.RemoveChild(a.Assertion)
		evil.AddChild(a.Assertion)
		a.Response.AddChild(evil)
	}},
	{Name: "XSW5 false assertion keeps the signature, true one at the end", Signed: func(a *Draft) {
		truth := unsign(a.Assertion.Copy())
		a.Assertion.CreateAttr("ID", "_evil")
		a.find("A/Subject/NameID").SetText("_evil")
		a.Response.AddChild(truth)
	}},
	{Name: "XSW6 true assertion inside the signature of the false one", Signed: func(a *Draft) {
		truth := unsign(a.Assertion.Copy())
		a.Assertion.CreateAttr("ID", "_evil")
		a.find("A/Signature").AddChild(truth)
	}},
	{Name: "XSW7 false assertion in Extensions", Signed: func(a *Draft) {
		ext := etree.NewElement("samlp:Extensions")
		ext.AddChild(a.evil())
		a.Response.InsertChildAt(1, ext)
	}},
	{Name: "XSW8 true assertion in an Object of the false one", Signed: func(a *Draft) {
		truth := unsign(a.Assertion.Copy())
		a.Assertion.CreateAttr("ID", "_evil")
		node(a.find("A/Signature"), "ds:Object", "").AddChild(truth)
	}},
	{Name: "XSW9 false assertion in an Object, signed over again", Content: func(a *Draft) {
		node(a.Response, "samlp:Extensions", "").AddChild(a.evil())
	}},
	{Name: "two assertions, both signed", Content: func(a *Draft) {
		second := a.evil()
		if err := envelope(second, a.AssertionKey, a.Hash); err != nil {
			panic(err)
		}
		a.Response.AddChild(second)
	}},
	{Name: "same ID twice", Content: func(a *Draft) {
		a.Assertion.CreateAttr("ID", a.Response.SelectAttrValue("ID", ""))
	}},
	{Name: "Object in the signature", Signed: func(a *Draft) { node(a.find("Signature"), "ds:Object", "x") }},
	{Name: "two signatures", Signed: func(a *Draft) { a.Response.InsertChildAt(1, a.find("Signature").Copy()) }},
	{Name: "second SignedInfo", Signed: func(a *Draft) {
		sig := a.find("Signature")
		sig.InsertChildAt(0, sig.FindElement("./SignedInfo").Copy())
	}},
	{Name: "second Reference", Signed: func(a *Draft) {
		info := a.find("Signature/SignedInfo")
		info.AddChild(info.FindElement("./Reference").Copy())
	}},
	{Name: "empty DigestValue", Signed: text("Signature/SignedInfo/Reference/DigestValue", "")},
	{Name: "Reference to everything", Signed: set("Signature/SignedInfo/Reference", "URI", "")},
	{Name: "HMAC instead of RSA", Signed: set("Signature/SignedInfo/SignatureMethod", "Algorithm", "http://www.w3.org/2000/09/xmldsig#hmac-sha256")},
	{Name: "XSLT transform", Signed: func(a *Draft) {
		node(a.find("Signature/SignedInfo/Reference/Transforms"), "ds:Transform", "", "Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")
	}},
	{Name: "C14N with comments", Signed: set("Signature/SignedInfo/CanonicalizationMethod", "Algorithm", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments")},
}

var shapeLies = []Lie{
	{Name: "replay", Again: true},
	{Name: "EncryptedAssertion", Content: func(a *Draft) { node(a.Response, "saml:EncryptedAssertion", "") }},
	{Name: "DOCTYPE", Wire: func(b []byte) []byte { return append([]byte("<!DOCTYPE x [<!ENTITY e \"x\">]>"), b...) }},
	{Name: "comment in the name", Wire: swap("<saml:NameID", "<!-- x --><saml:NameID")},
	{Name: "comment inside a value", Wire: swap("TINIT-", "TIN<!-- -->IT-")},
	{Name: "CDATA", Wire: swap("TINIT-", "<![CDATA[TINIT-]]>")},
	{Name: "processing instruction", Wire: swap("<saml:Subject>", "<?x y?><saml:Subject>")},
	{Name: "byte order mark", Wire: func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }},
	{Name: "another encoding", Wire: func(b []byte) []byte { return append([]byte(`<?xml version="1.0" encoding="UTF-7"?>`), b...) }},
	{Name: "something after the root", Wire: func(b []byte) []byte { return append(b, "<x/>"...) }},
	{Name: "text after the root", Wire: func(b []byte) []byte { return append(b, 'x') }},
	{Name: "attribute twice in a tag", Wire: swap(` Version="2.0"`, ` Version="2.0" Version="2.0"`)},
	{Name: "not UTF-8", Wire: swap("TINIT-", "TINIT-\xff")},
}

// foreign is a metadata document that another key signed well.
func (a *Draft) foreign() *etree.Element {
	el := etree.NewElement("md:EntityDescriptor")
	attrs(el, "xmlns:md", nsMetadata, "ID", "_foreign", "entityID", "https://altrove.example.org")
	if err := envelope(el, a.Stranger(), a.Hash); err != nil {
		panic(err)
	}
	return el
}

// forgeResponse changes the signed response and leaves its signature where it is.
func (a *Draft) forgeResponse() {
	a.Response.CreateAttr("ID", "_evil")
	a.find("Assertion/AttributeStatement/Attribute[@Name='fiscalNumber']/AttributeValue").SetText("TINIT-VLIVLI80A01H501V")
}

// unsign takes the signature out of an element.
func unsign(el *etree.Element) *etree.Element {
	if sig := el.FindElement("./Signature"); sig != nil {
		el.RemoveChild(sig)
	}
	return el
}
