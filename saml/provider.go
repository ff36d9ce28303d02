package saml

import (
	"crypto/x509"
	"fmt"

	"github.com/beevik/etree"
)

// Provider is an identity provider that Varco trusts [gestore dell'identità
// digitale], as its metadata describes it.
type Provider struct {
	EntityID     string
	Name         string // to show; the entityID when the metadata give none
	RedirectURL  string // single sign-on by HTTP-Redirect; may be empty
	PostURL      string // single sign-on by HTTP-POST; may be empty
	Certificates []*x509.Certificate
}

// ParseProviders reads the identity providers of a metadata file.
func ParseProviders(data []byte) ([]Provider, error) {
	els, err := entities(data, "IDPSSODescriptor")
	if err != nil {
		return nil, err
	}
	var providers []Provider
	seen := map[string]bool{}
	for _, el := range els {
		p, err := parseProvider(el)
		if err != nil {
			return nil, err
		}
		if seen[p.EntityID] {
			return nil, fmt.Errorf("metadata: %s: described twice", p.EntityID)
		}
		seen[p.EntityID] = true
		providers = append(providers, p)
	}
	return providers, nil
}

func parseProvider(el *etree.Element) (Provider, error) {
	id, err := entityID(el)
	if err != nil {
		return Provider{}, err
	}
	p := Provider{EntityID: id, Name: organizationName(el)}
	if p.Name == "" {
		p.Name = id
	}
	role := child(el, nsMetadata, "IDPSSODescriptor")
	if p.Certificates, err = signingCertificates(role); err != nil {
		return Provider{}, fmt.Errorf("metadata: %s: %w", id, err)
	}
	if len(p.Certificates) == 0 {
		return Provider{}, fmt.Errorf("metadata: %s: no signing certificate", id)
	}
	if err := p.endpoints(role); err != nil {
		return Provider{}, fmt.Errorf("metadata: %s: SingleSignOnService: %w", id, err)
	}
	return p, nil
}

func (p *Provider) endpoints(role *etree.Element) error {
	for _, e := range children(role, nsMetadata, "SingleSignOnService") {
		binding, _ := attr(e, "Binding")
		location, _ := attr(e, "Location")
		var to *string
		switch binding {
		case BindingRedirect:
			to = &p.RedirectURL
		case BindingPost:
			to = &p.PostURL
		default:
			continue
		}
		if err := checkURL(location); err != nil {
			return err
		}
		*to = location
	}
	if p.RedirectURL == "" && p.PostURL == "" {
		return fmt.Errorf("neither HTTP-Redirect nor HTTP-POST")
	}
	return nil
}
