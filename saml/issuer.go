package saml

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// Issuer is Varco as the applications know it: their one identity provider.
type Issuer struct {
	EntityID    string
	SSOURL      string // where requests are taken, by redirect and by form
	Key         KeyPair
	PairwiseKey []byte // keys the names of people towards each application; never changes
	WantSigned  bool   // refuse unsigned requests of every application
	Name        string // of the organization, for the metadata
	URL         string // its site
}

// Metadata is the signed description that applications load.
func (i Issuer) Metadata() ([]byte, error) {
	root := element("md", nsMetadata, "EntityDescriptor")
	root.CreateAttr("xmlns:ds", nsSignature)
	root.CreateAttr("entityID", i.EntityID)
	root.CreateAttr("ID", metadataID(i.EntityID))
	role := add(root, "md:IDPSSODescriptor", "", "protocolSupportEnumeration", nsProtocol)
	if i.WantSigned {
		role.CreateAttr("WantAuthnRequestsSigned", "true")
	}
	addKey(role, i.Key)
	add(role, "md:NameIDFormat", formatPersistent)
	add(role, "md:SingleSignOnService", "", "Binding", BindingRedirect, "Location", i.SSOURL)
	add(role, "md:SingleSignOnService", "", "Binding", BindingPost, "Location", i.SSOURL)
	Body{Name: i.Name, URL: i.URL}.addOrganization(root)
	if err := sign(root, i.Key); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	return serialize(root)
}

// metadataID is the stable ID of a metadata document.
func metadataID(entityID string) string {
	sum := sha256.Sum256([]byte(entityID))
	return "_" + hex.EncodeToString(sum[:16])
}

// pairwise names a person towards one application and no other: the name cannot be
// turned back, and two applications cannot compare theirs (SAML core §8.3.7).
func (i Issuer) pairwise(person, application string) string {
	mac := hmac.New(sha256.New, i.PairwiseKey)
	fmt.Fprintf(mac, "%d:%s:%s", len(person), person, application)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
