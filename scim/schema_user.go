package scim

import (
	"github.com/elimity-com/scim/schema"

	"varco/registry"
)

var userType = newResourceType(resourceType{
	name: "User", endpoint: "/Users",
	description: "A collaborator of the company: one person at one company.",
	schema:      newSchema(urnUser, "User", "User Account", userNames, userContacts, userRights),
	extensions:  []schema.Schema{enterpriseSchema, varcoUserSchema},
})

// userNames are the singular attributes of RFC 7643 §4.1.1.
var userNames = append(simple(
	text("userName", "The client's name for the collaborator, unique in the company whatever its case.", marks{required: true, unique: true}),
	text("displayName", "The name to show.", marks{}),
	text("nickName", "The casual way to address the collaborator.", marks{}),
	reference("profileUrl", "The collaborator's page elsewhere.", marks{}, schema.AttributeReferenceTypeExternal),
	text("title", "The job title; a change opens no right.", marks{}),
	text("userType", "The relation between the organisation and the collaborator, in the client's words.", marks{}),
	text("preferredLanguage", "Preferred language, as in Accept-Language.", marks{}),
	text("locale", "Where numbers and dates are localised, such as it-IT.", marks{}),
	text("timezone", "IANA time zone, such as Europe/Rome.", marks{}),
	boolean("active", "False ends the employment at once; true on an ended one opens a new period without entitlements.", marks{}),
), complexAttr("name", "The parts of the name, in the client's words; the legal name comes from the identity provider.", marks{},
	text("formatted", "The full name.", marks{}),
	text("familyName", "The family name.", marks{}),
	text("givenName", "The given name.", marks{}),
	text("middleName", "Middle names.", marks{}),
	text("honorificPrefix", "Such as Dott.", marks{}),
	text("honorificSuffix", "Such as Jr.", marks{}),
))

// userContacts are the multi-valued attributes of RFC 7643 §4.1.2 that are kept.
var userContacts = []schema.CoreAttribute{
	plural("emails", "E-mail addresses; contacts only, never a key to an account."),
	plural("phoneNumbers", "Telephone numbers, stored as sent."),
	plural("ims", "Instant messaging addresses."),
	plural("photos", "Addresses of photos."),
	complexAttr("x509Certificates", "Certificates; nothing is opened by them.", marks{many: true},
		binary("value", "A DER certificate in base64."),
		text("display", "A label to show.", marks{}),
		text("type", "The client's own kind.", marks{}),
		boolean("primary", "At most one value is primary.", marks{}),
	),
	complexAttr("addresses", "Postal addresses.", marks{many: true},
		text("formatted", "The whole address.", marks{}),
		text("streetAddress", "Street and number.", marks{}),
		text("locality", "City.", marks{}),
		text("region", "Province or region.", marks{}),
		text("postalCode", "Postal code (CAP).", marks{}),
		text("country", "ISO 3166-1 alpha-2 code.", marks{}),
		text("type", "Such as work or home.", marks{}),
		boolean("primary", "At most one address is primary.", marks{}),
	),
}

// plural is a multi-valued attribute of the usual shape. RFC 7643 §2.4
func plural(name, description string) schema.CoreAttribute {
	return complexAttr(name, description, marks{many: true},
		text("value", "The value.", marks{}),
		text("display", "A label to show.", marks{}),
		text("type", "Such as work, home or mobile.", marks{}),
		boolean("primary", "At most one value is primary.", marks{}),
	)
}

var userRights = []schema.CoreAttribute{
	complexAttr("groups", "The groups the collaborator is in; changed through the groups or through department.", marks{many: true, readOnly: true},
		text("value", "The group's id.", marks{readOnly: true, exact: true}),
		reference("$ref", "The group's address.", marks{readOnly: true}, "Group"),
		text("display", "The group's name.", marks{readOnly: true}),
		text("type", "direct for the unit, indirect for the company that holds it.", marks{readOnly: true, values: []string{"direct", "indirect"}}),
	),
	complexAttr("entitlements", "Profiles granted on the portals. A PUT without the attribute leaves them, an empty list ends them.", marks{many: true},
		text("value", "<profile>@group or <profile>@unit:<unit code>, one of the values of /Entitlements.", marks{required: true, exact: true}),
		text("display", "The profile's Italian label.", marks{readOnly: true}),
		text("type", "Where it is granted.", marks{readOnly: true, exact: true, values: levels()}),
	),
	complexAttr("roles", "The entitlements under another name, for clients that know roles only: a change of one is a change of both. A PUT without either leaves them.", marks{many: true},
		text("value", "<profile>@group or <profile>@unit:<unit code>, one of the values of /Roles; also inside the JSON text that Entra ID sends.", marks{required: true, exact: true}),
		text("display", "The profile's Italian label.", marks{readOnly: true}),
		text("type", "Where it is granted.", marks{readOnly: true, exact: true, values: levels()}),
		boolean("primary", "True of the only role of a user.", marks{readOnly: true}),
	),
}

func levels() []string { return []string{string(registry.LevelGroup), string(registry.LevelUnit)} }

// enterpriseSchema is RFC 7643 §4.3.
var enterpriseSchema = newSchema(urnEnterprise, "EnterpriseUser", "Enterprise User",
	simple(
		text("employeeNumber", "The number the company gives the collaborator (matricola).", marks{}),
		text("costCenter", "Cost centre.", marks{}),
		text("organization", "The company's name.", marks{readOnly: true}),
		text("division", "Division.", marks{}),
		text("department", "Code of the collaborator's home unit, as the unit's group shows it.", marks{exact: true}),
	),
	[]schema.CoreAttribute{complexAttr("manager", "The collaborator's manager, in the client's words.", marks{},
		text("value", "The manager's id.", marks{exact: true}),
		reference("$ref", "The manager's address.", marks{}, "User"),
		text("displayName", "The manager's name.", marks{}),
	)},
)

var varcoUserSchema = newSchema(urnVarcoUser, "VarcoUser", "Employment, identity and revocation",
	simple(
		text("fiscalCode", "Codice fiscale of the person, 16 characters with a right check character. Taken from userName when that is one; may be added while absent, never changed.",
			marks{immutable: true, unique: true}),
		text("terminationReason", "Why the employment ends; sent together with the end.", marks{hidden: true, exact: true, values: reasons()}),
		text("accountStatus", "Where the collaborator stands.", marks{readOnly: true, exact: true, values: texts(registry.Statuses())}),
		boolean("firstAccessDone", "Whether the person has entered as a citizen; no entitlement has effect before.", marks{readOnly: true}),
		instantAttr("endHeldUntil", "An end that was asked for waits for a confirmation, because it came in a crowd; from here on it has effect."),
		instantAttr("revocationDueAt", "The instant from which access would be unlawful: 00:00 Europe/Rome of the sixth day after the last day of work."),
		instantAttr("revocationDoneAt", "When access became impossible."),
		text("revocationOutcome", "What became of the term.", marks{readOnly: true, exact: true, values: outcomes()}),
		integer("revocationLateDays", "Days after the term."),
	),
	[]schema.CoreAttribute{
		employmentAttr, periodsAttr, processingAttr, thirdPartyAttr, scopedEntitlementsAttr,
	},
)

var employmentAttr = complexAttr("employment", "The period of employment.", marks{},
	text("startDate", "First day (YYYY-MM-DD, Europe/Rome) or an RFC 3339 instant; by default the day of creation.", marks{exact: true}),
	text("endDate", "Last day of work (YYYY-MM-DD): rights end at 00:00 of the next day, Europe/Rome. An RFC 3339 date-time at midnight means that day, at another time of day that instant.", marks{exact: true}),
	text("relationship", "The kind of relationship.", marks{exact: true, values: texts(registry.Relationships())}),
	boolean("stable", "Whether the relationship is stable, as an administrator's must be.", marks{}),
	text("jobCode", "The client's code of the job.", marks{exact: true}),
)

var periodsAttr = complexAttr("periods", "Every period of employment, oldest first, the current one last.", marks{many: true, readOnly: true},
	text("startDate", "First day of work, as in employment.", marks{readOnly: true, exact: true}),
	text("endDate", "Last day of work, as in employment.", marks{readOnly: true, exact: true}),
	instantAttr("openedAt", "When the period was recorded."),
	instantAttr("closedAt", "When its end was recorded."),
	text("reason", "Why it ended.", marks{readOnly: true, exact: true, values: closeReasons()}),
)

var processingAttr = complexAttr("processing", "Authorisation to process personal data; by default what the company attested for this client.", marks{},
	boolean("authorised", "Whether the collaborator is authorised.", marks{}),
	text("authorisedOn", "Day of the authorisation, YYYY-MM-DD.", marks{exact: true}),
	text("documentRef", "Reference of the document.", marks{exact: true}),
	text("scopes", "Areas of data authorised; none means all.", marks{many: true, exact: true, values: areas()}),
	text("reviewBy", "Day by which it is to be reviewed, YYYY-MM-DD.", marks{exact: true}),
)

var thirdPartyAttr = complexAttr("thirdParty", "For a person of a third party: who employs them and under which appointment (GDPR art. 28).", marks{},
	text("fiscalCode", "Fiscal code of the third party.", marks{}),
	text("appointmentRef", "Reference of the appointment.", marks{exact: true}),
)

var scopedEntitlementsAttr = complexAttr("scopedEntitlements", "The entitlements taken apart, with what each opens now.", marks{many: true, readOnly: true},
	text("profile", "Code of the profile.", marks{readOnly: true, exact: true}),
	text("level", "Where it is granted.", marks{readOnly: true, exact: true, values: levels()}),
	text("unit", "Code of the unit.", marks{readOnly: true}),
	text("state", "EFFECTIVE when it opens something now, else the reason why not.", marks{readOnly: true, exact: true}),
	text("grantedBy", "Who granted it.", marks{readOnly: true, exact: true}),
	instantAttr("validFrom", "From when."),
	instantAttr("validTo", "Until when, excluded."),
	boolean("reserved", "Whether only the agency grants it.", marks{readOnly: true}),
)

func reasons() []string {
	return texts([]registry.EndReason{registry.EndTermination, registry.EndLossOfQuality, registry.EndIncident, registry.EndMoved})
}

func closeReasons() []string { return append(reasons(), string(registry.EndPreregExpired)) }

func outcomes() []string {
	return texts([]registry.Outcome{registry.OutcomeScheduled, registry.OutcomeWithinTerm, registry.OutcomeLate})
}

func areas() []string { return texts(registry.Areas()) }

func texts[T ~string](list []T) []string {
	var out []string
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}
