package saml

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/beevik/etree"
)

// Metadata is the signed description of the service that AgID and the providers
// load: profile of a public body (metadata.rst; Avviso SPID 29 v3). The order of the
// children is the schema's.
func (sp ServiceProvider) Metadata() ([]byte, error) {
	root := element("md", nsMetadata, "EntityDescriptor")
	root.CreateAttr("xmlns:ds", nsSignature)
	root.CreateAttr("xmlns:spid", nsSPID)
	root.CreateAttr("entityID", sp.EntityID)
	root.CreateAttr("ID", metadataID(sp.EntityID))
	sp.addRole(root)
	sp.Body.addOrganization(root)
	sp.Body.addContact(root)
	if err := sign(root, sp.Key); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	return serialize(root)
}

func (sp ServiceProvider) addRole(root *etree.Element) {
	role := add(root, "md:SPSSODescriptor", "",
		"protocolSupportEnumeration", nsProtocol, "AuthnRequestsSigned", "true", "WantAssertionsSigned", "true")
	addKey(role, sp.Key)
	if sp.LogoutURL != "" {
		add(role, "md:SingleLogoutService", "", "Binding", BindingRedirect, "Location", sp.LogoutURL)
	}
	add(role, "md:NameIDFormat", sp.Dialect.NameIDFormat)
	add(role, "md:AssertionConsumerService", "", "Binding", BindingPost, "Location", sp.ACSURL,
		"index", strconv.Itoa(acsIndex), "isDefault", "true")
	service := add(role, "md:AttributeConsumingService", "", "index", strconv.Itoa(attributeIndex))
	add(service, "md:ServiceName", sp.Body.Service, "xml:lang", "it")
	for _, name := range requestedAttributes {
		add(service, "md:RequestedAttribute", "", "Name", name, "NameFormat", attributeBasic)
	}
}

func (b Body) addOrganization(root *etree.Element) {
	org := add(root, "md:Organization", "")
	add(org, "md:OrganizationName", b.Name, "xml:lang", "it")
	add(org, "md:OrganizationDisplayName", cmp.Or(b.DisplayName, b.Name), "xml:lang", "it")
	add(org, "md:OrganizationURL", b.URL, "xml:lang", "it")
}

// addContact describes a public body; the order of the extensions is the schema's.
func (b Body) addContact(root *etree.Element) {
	contact := add(root, "md:ContactPerson", "", "contactType", "other")
	ext := add(contact, "md:Extensions", "")
	add(ext, "spid:IPACode", b.IPACode)
	if b.FiscalCode != "" {
		add(ext, "spid:FiscalCode", b.FiscalCode)
	}
	add(ext, "spid:Public", "")
	add(contact, "md:Company", b.Name)
	add(contact, "md:EmailAddress", b.Email)
	if b.Phone != "" {
		add(contact, "md:TelephoneNumber", b.Phone)
	}
}

func addKey(role *etree.Element, key KeyPair) {
	kd := add(role, "md:KeyDescriptor", "", "use", "signing")
	data := add(add(kd, "ds:KeyInfo", "", "xmlns:ds", nsSignature), "ds:X509Data", "")
	add(data, "ds:X509Certificate", base64.StdEncoding.EncodeToString(key.Certificate.Raw))
}
