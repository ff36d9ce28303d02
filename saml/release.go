package saml

import (
	"slices"

	"varco/registry"
)

// grantOf is what an application is told of a choice (REQUIREMENTS C.4). As a citizen
// no attribute of a company is told.
func grantOf(c registry.Chosen, app Application) Grant {
	return Grant{
		PersonID:     string(c.Person.ID),
		ClassRef:     c.Login.Class,
		AuthnInstant: c.Login.CreatedAt,
		SessionIndex: string(c.Session.ID),
		SessionEnd:   c.Session.NotOnOrAfter,
		Attributes:   slices.Concat(personAttributes(c, app), companyAttributes(c.Choice)),
	}
}

func personAttributes(c registry.Chosen, app Application) []Attribute {
	actingContext := "CITIZEN"
	if c.Choice != nil {
		actingContext = "COMPANY"
	}
	list := []Attribute{
		one("fiscalNumber", spidIssuer+string(c.Person.FiscalCode)),
		one("name", c.Person.GivenName),
		one("familyName", c.Person.FamilyName),
		one("actingContext", actingContext),
		one("authnScheme", c.Login.Scheme),
		one("originIdP", c.Login.IdP),
	}
	if c.Person.Email != "" && slices.Contains(app.Requested, "email") {
		list = append(list, one("email", c.Person.Email))
	}
	return list
}

func companyAttributes(c *registry.Choice) []Attribute {
	if c == nil {
		return nil
	}
	list := []Attribute{
		one("companyFiscalNumber", spidIssuer+string(c.Company.FiscalCode)),
		one("companyName", c.Company.Name),
		{"companyType", c.Company.Types},
		one("coSubject", coSubject(c.Company)),
		{"entitlement", entitlements(c.Grants)},
	}
	if c.Company.VATNumber != "" {
		list = append(list, one("ivaCode", vatIssuer+c.Company.VATNumber))
	}
	if units := unitCodes(c.Grants); len(units) > 0 {
		list = append(list, Attribute{"organizationalUnit", units})
	}
	return list
}

func one(name, value string) Attribute { return Attribute{name, []string{value}} }

// coSubject says in what quality the company sends mandatory communications: as the
// employer who must [soggetto obbligato] or also for others [soggetto abilitato] (L3-05).
func coSubject(c registry.Company) string {
	for _, t := range registry.CompanyTypes() {
		if t.OnBehalf && c.HasType(t.Code) {
			return "ENABLED"
		}
	}
	return "OBLIGED"
}

// entitlements names the profiles: urn:varco:profile:<code>:group or …:unit:<unit code>.
func entitlements(grants []registry.Grant) []string {
	var names []string
	for _, g := range grants {
		e := g.Entitlement()
		name := "urn:varco:profile:" + string(e.Profile) + ":group"
		if e.Unit != "" {
			name = "urn:varco:profile:" + string(e.Profile) + ":unit:" + e.Unit
		}
		names = append(names, name)
	}
	return names
}

func unitCodes(grants []registry.Grant) []string {
	var codes []string
	for _, g := range grants {
		if g.UnitCode != "" {
			codes = append(codes, g.UnitCode)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
