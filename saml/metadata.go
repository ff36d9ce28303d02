package saml

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/url"

	"github.com/beevik/etree"
)

// Metadata files come from the operator, who got them from AgID or from an
// application's owner; what they say is trusted once it is well formed.

// entities returns the EntityDescriptors of a file that have the given role. A file
// is one EntityDescriptor or an EntitiesDescriptor of them (SAML metadata §2.3).
func entities(data []byte, role string) ([]*etree.Element, error) {
	root, err := parseMetadata(data)
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	var found []*etree.Element
	var collect func(el *etree.Element)
	collect = func(el *etree.Element) {
		switch {
		case isElement(el, nsMetadata, "EntitiesDescriptor"):
			for _, c := range el.ChildElements() {
				collect(c)
			}
		case isElement(el, nsMetadata, "EntityDescriptor") && child(el, nsMetadata, role) != nil:
			found = append(found, el)
		}
	}
	collect(root)
	if len(found) == 0 {
		return nil, fmt.Errorf("metadata: no EntityDescriptor with %s in the file", role)
	}
	return found, nil
}

// entityID reads the name of an entity.
func entityID(el *etree.Element) (string, error) {
	id, _ := attr(el, "entityID")
	if id == "" || len(id) > 1024 { // SAML metadata §2.2.1
		return "", fmt.Errorf("metadata: entityID: must have 1 to 1024 characters")
	}
	return id, nil
}

// signingCertificates reads the certificates a role signs with. A KeyDescriptor
// without use serves for signing too (SAML metadata §2.4.1.1).
func signingCertificates(role *etree.Element) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for _, kd := range children(role, nsMetadata, "KeyDescriptor") {
		if use, _ := attr(kd, "use"); use != "" && use != "signing" {
			continue
		}
		info := child(kd, nsSignature, "KeyInfo")
		for _, c := range children(child(info, nsSignature, "X509Data"), nsSignature, "X509Certificate") {
			cert, err := parseCertificate(c.Text())
			if err != nil {
				return nil, err
			}
			certs = append(certs, cert)
		}
	}
	return certs, nil
}

// checkURL accepts https, and http to this machine only (demo and tests). A form is
// posted or a browser sent to these addresses, so no other scheme may pass (CVE-2023-45683).
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("%.200q is not an absolute address", raw)
	}
	if u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%.200q is neither https nor http to this machine", raw)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// organizationName reads the display name of an entity, Italian first.
func organizationName(el *etree.Element) string {
	org := child(el, nsMetadata, "Organization")
	for _, tag := range []string{"OrganizationDisplayName", "OrganizationName"} {
		if name := localized(children(org, nsMetadata, tag)); name != "" {
			return name
		}
	}
	return ""
}

// localized picks the Italian text among several, else the first.
func localized(els []*etree.Element) string {
	for _, el := range els {
		if el.SelectAttrValue("xml:lang", "") == "it" {
			return text(el)
		}
	}
	if len(els) == 0 {
		return ""
	}
	return text(els[0])
}
