package saml

import (
	"crypto/x509"
	"fmt"
	"strconv"

	"github.com/beevik/etree"
)

// Application is a service provider that Varco answers [applicazione], as its
// metadata describes it.
type Application struct {
	EntityID            string
	Name                string // to show; the entityID when the metadata give none
	AuthnRequestsSigned bool   // its requests are refused without a signature
	Certificates        []*x509.Certificate
	Consumers           []Consumer // never empty
	Requested           []string   // names of the attributes it asks for
}

// Consumer is one address an application takes answers at, by HTTP-POST
// (AssertionConsumerService).
type Consumer struct {
	Index   int
	URL     string
	Default bool
}

// ParseApplications reads the applications of a metadata file.
func ParseApplications(data []byte) ([]Application, error) {
	els, err := entities(data, "SPSSODescriptor")
	if err != nil {
		return nil, err
	}
	var apps []Application
	seen := map[string]bool{}
	for _, el := range els {
		a, err := parseApplication(el)
		if err != nil {
			return nil, err
		}
		if seen[a.EntityID] {
			return nil, fmt.Errorf("metadata: %s: described twice", a.EntityID)
		}
		seen[a.EntityID] = true
		apps = append(apps, a)
	}
	return apps, nil
}

func parseApplication(el *etree.Element) (Application, error) {
	id, err := entityID(el)
	if err != nil {
		return Application{}, err
	}
	role := child(el, nsMetadata, "SPSSODescriptor")
	signed, _ := attr(role, "AuthnRequestsSigned")
	a := Application{
		EntityID:            id,
		Name:                applicationName(el, role),
		AuthnRequestsSigned: signed == "true" || signed == "1", // xs:boolean
	}
	if a.Certificates, err = signingCertificates(role); err != nil {
		return Application{}, fmt.Errorf("metadata: %s: %w", id, err)
	}
	for _, service := range children(role, nsMetadata, "AttributeConsumingService") {
		for _, wanted := range children(service, nsMetadata, "RequestedAttribute") {
			name, _ := attr(wanted, "Name")
			a.Requested = append(a.Requested, name)
		}
	}
	if a.AuthnRequestsSigned && len(a.Certificates) == 0 {
		return Application{}, fmt.Errorf("metadata: %s: AuthnRequestsSigned, but no signing certificate", id)
	}
	if a.Consumers, err = consumers(role); err != nil {
		return Application{}, fmt.Errorf("metadata: %s: AssertionConsumerService: %w", id, err)
	}
	return a, nil
}

func applicationName(el, role *etree.Element) string {
	for _, s := range children(role, nsMetadata, "AttributeConsumingService") {
		if name := localized(children(s, nsMetadata, "ServiceName")); name != "" {
			return name
		}
	}
	if name := organizationName(el); name != "" {
		return name
	}
	return el.SelectAttrValue("entityID", "")
}

func consumers(role *etree.Element) ([]Consumer, error) {
	var list []Consumer
	for _, e := range children(role, nsMetadata, "AssertionConsumerService") {
		if binding, _ := attr(e, "Binding"); binding != BindingPost {
			continue
		}
		location, _ := attr(e, "Location")
		if err := checkURL(location); err != nil {
			return nil, err
		}
		index, _ := attr(e, "index")
		n, err := strconv.ParseUint(index, 10, 16) // xs:unsignedShort
		if err != nil {
			return nil, fmt.Errorf("index %.20q is no number", index)
		}
		isDefault, _ := attr(e, "isDefault")
		list = append(list, Consumer{Index: int(n), URL: location, Default: isDefault == "true" || isDefault == "1"})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("none by HTTP-POST")
	}
	return list, nil
}

// defaultConsumer is the one marked as default, else the first (SAML metadata §2.4.4.1).
func (a Application) defaultConsumer() Consumer {
	for _, c := range a.Consumers {
		if c.Default {
			return c
		}
	}
	return a.Consumers[0]
}

// consumerAt finds the consumer of an index, as written in a request.
func (a Application) consumerAt(index string) (Consumer, bool) {
	for _, c := range a.Consumers {
		if strconv.Itoa(c.Index) == index {
			return c, true
		}
	}
	return Consumer{}, false
}

// takesAnswersAt tells whether the metadata list the address.
func (a Application) takesAnswersAt(url string) bool {
	for _, c := range a.Consumers {
		if c.URL == url {
			return true
		}
	}
	return false
}
