package scim

import (
	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// maxCard bounds what is kept of a collaborator without the registry reading it, in bytes.
const maxCard = 32 << 10

// draftOf is what a canonical User document asks the registry for. current is the collaborator as it stands, the zero
// one on a hire: what is silent about its identity or authorisation does not change it.
func draftOf(doc *object, current registry.Collaborator) (registry.Draft, error) {
	ext := doc.child(urnVarcoUser)
	employment, third := ext.child("employment"), ext.child("thirdParty")
	d := registry.Draft{
		UserName: doc.text("userName"), ExternalID: doc.text("externalId"), DisplayName: doc.text("displayName"),
		GivenName: doc.child("name").text("givenName"), FamilyName: doc.child("name").text("familyName"),
		HomeUnit: doc.child(urnEnterprise).text("department"), Active: doc.get("active") != false,
		Relationship: registry.Relationship(employment.text("relationship")), Stable: employment.get("stable") == true,
		JobCode: employment.text("jobCode"), EndReason: registry.EndReason(ext.text("terminationReason")),
		ThirdParty: registry.ThirdParty{AppointmentRef: third.text("appointmentRef")},
	}
	for _, step := range []func(*registry.Draft, *object, registry.Collaborator) error{
		draftName, draftCard, draftPerson, draftDates, draftProcessing, draftThirdParty, draftEntitlements,
	} {
		if err := step(&d, doc, current); err != nil {
			return registry.Draft{}, err
		}
	}
	return d, nil
}

// draftName holds a user name that is new to the rules for them; one that was let in before stays usable.
func draftName(d *registry.Draft, _ *object, current registry.Collaborator) error {
	if d.UserName == current.UserName {
		return nil
	}
	return checkUserName(d.UserName)
}

// draftPerson reads the fiscal code; where it is not given, a userName that is one gives it (REQUIREMENTS C.3).
func draftPerson(d *registry.Draft, doc *object, current registry.Collaborator) error {
	if s := doc.child(urnVarcoUser).text("fiscalCode"); s != "" {
		code, err := registry.ParseFiscalCode(s)
		d.FiscalCode = code
		return err
	}
	if code, err := registry.ParseFiscalCode(d.UserName); err == nil && current.PersonID == "" {
		d.FiscalCode = code
	}
	return nil
}

// The attributes that say when somebody works.
var (
	startDateAttr = userType.extended[urnVarcoUser].find("employment").sub.find("startDate")
	endDateAttr   = userType.extended[urnVarcoUser].find("employment").sub.find("endDate")
)

// draftDates reads the period. Who works here always has a first day and a kind of relationship: where they are not
// given they stay.
func draftDates(d *registry.Draft, doc *object, current registry.Collaborator) error {
	employment := doc.child(urnVarcoUser).child("employment")
	if d.Relationship == "" {
		d.Relationship = current.Employment.Relationship
	}
	var err error
	if d.Start, err = startOf(startDateAttr, employment.text("startDate")); err != nil {
		return err
	}
	if d.Start.IsZero() {
		d.Start = current.Employment.Start
	}
	d.End, err = endOf(endDateAttr, employment.text("endDate"))
	return err
}

// draftProcessing reads the authorisation. Only an explicit false refuses it; where nothing is said of it on a hire,
// the client's attestation stands (REQUIREMENTS C.3).
func draftProcessing(d *registry.Draft, doc *object, current registry.Collaborator) error {
	in := doc.child(urnVarcoUser).child("processing")
	if in == nil {
		return nil
	}
	p := registry.Processing{Authorised: current.ID == "" || current.Processing.Authorised, DocumentRef: in.text("documentRef")}
	if said, ok := in.get("authorised").(bool); ok {
		p.Authorised = said
	}
	for _, s := range in.list("scopes") {
		p.Scopes = append(p.Scopes, registry.Area(s.(string)))
	}
	a := userType.extended[urnVarcoUser].find("processing")
	var err error
	if p.AuthorisedOn, err = dayOf(a.sub.find("authorisedOn"), in.text("authorisedOn")); err != nil {
		return err
	}
	p.ReviewBy, err = dayOf(a.sub.find("reviewBy"), in.text("reviewBy"))
	d.Processing = &p
	return err
}

func draftThirdParty(d *registry.Draft, doc *object, _ registry.Collaborator) error {
	s := doc.child(urnVarcoUser).child("thirdParty").text("fiscalCode")
	if s == "" {
		return nil
	}
	code, err := registry.ParseCompanyCode(s)
	d.ThirdParty.FiscalCode = code
	return err
}

func draftEntitlements(d *registry.Draft, doc *object, _ registry.Collaborator) error {
	for _, v := range doc.list("entitlements") {
		e, err := registry.ParseEntitlement(v.(*object).text("value"))
		if err != nil {
			return err
		}
		d.Entitlements = append(d.Entitlements, e)
	}
	return nil
}

// draftCard keeps what the registry has no field for, in canonical form.
func draftCard(d *registry.Draft, doc *object, _ registry.Collaborator) error {
	card := &object{}
	for _, m := range doc.members {
		switch m.name {
		case "schemas", "id", "meta", "externalId", "userName", "displayName", "active", "groups", "entitlements", "roles", urnVarcoUser:
		case "name":
			card.set(m.name, without(m.value, "givenName", "familyName"))
		case urnEnterprise:
			card.set(m.name, without(m.value, "organization", "department"))
		default:
			card.set(m.name, m.value)
		}
	}
	if unassigned(card) {
		return nil
	}
	d.Card = appendJSON(nil, card)
	if len(d.Card) > maxCard {
		return refuse(scimerrors.ScimTypeInvalidValue, "the attributes of one user are larger than %d bytes", maxCard)
	}
	return nil
}

func without(v any, names ...string) *object {
	out := clone(v).(*object)
	for _, n := range names {
		out.set(n, nil)
	}
	return out
}

// decodeCard reads what draftCard wrote.
func decodeCard(card []byte) (*object, error) {
	if len(card) == 0 {
		return &object{}, nil
	}
	return decode(card)
}
