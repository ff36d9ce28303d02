package saml

// Namespaces of the documents read and written here.
const (
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
	nsExcC14N   = "http://www.w3.org/2001/10/xml-exc-c14n#"
	nsSPID      = "https://spid.gov.it/saml-extensions"
)

// Bindings of SAML 2.0 that Varco speaks (SAML bindings §3.4, §3.5).
const (
	BindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	BindingPost     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// Name formats, methods and the like.
const (
	formatEntity      = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
	formatTransient   = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	formatPersistent  = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	formatUnspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	attributeBasic    = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
	methodBearer      = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	spidIssuer        = "TINIT-" // prefix of a codice fiscale in SPID attributes (attributi.rst)
	vatIssuer         = "VATIT-" // prefix of a partita IVA
)

// Status codes (SAML core §3.2.2.2).
const (
	StatusSuccess             = "urn:oasis:names:tc:SAML:2.0:status:Success"
	StatusRequester           = "urn:oasis:names:tc:SAML:2.0:status:Requester"
	StatusResponder           = "urn:oasis:names:tc:SAML:2.0:status:Responder"
	StatusAuthnFailed         = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"
	StatusNoPassive           = "urn:oasis:names:tc:SAML:2.0:status:NoPassive"
	StatusNoAuthnContext      = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext"
	StatusRequestDenied       = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied"
	StatusInvalidNameIDPolicy = "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy"
	StatusRequestUnsupported  = "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported"
)

// Level is the assurance level of a login: 1, 2 or 3 as SPID counts them; 0 is
// "none asked". CIE answers with the same classes.
type Level int

// The three levels of SPID (livelli di sicurezza).
const (
	Level1 Level = iota + 1
	Level2
	Level3
)

var classRefs = [...]string{
	Level1: "https://www.spid.gov.it/SpidL1",
	Level2: "https://www.spid.gov.it/SpidL2",
	Level3: "https://www.spid.gov.it/SpidL3",
}

// ClassRef returns the AuthnContextClassRef of the level, "" for level 0.
func (l Level) ClassRef() string {
	if l < Level1 || l > Level3 {
		return ""
	}
	return classRefs[l]
}

// LevelOf returns the level that an AuthnContextClassRef names, 0 when it names none.
func LevelOf(classRef string) Level {
	for l := Level1; l <= Level3; l++ {
		if classRefs[l] == classRef {
			return l
		}
	}
	return 0
}
