package scim

import "github.com/elimity-com/scim/schema"

var entitlementType = newResourceType(resourceType{
	name: "Entitlement", endpoint: "/Entitlements",
	description: "Every profile of the catalogue at every place of this company, with whether this client may grant it.",
	schema:      newSchema(urnEntitlement, "Entitlement", "Entitlement", rightAttributes),
	extensions:  []schema.Schema{varcoEntitlementSchema},
})

// roleType says the same in the words of clients that know roles only.
var roleType = newResourceType(resourceType{
	name: "Role", endpoint: "/Roles",
	description: "The entitlements once more, as values of a user's roles.",
	schema:      newSchema(urnRole, "Role", "Role", rightAttributes),
	extensions:  []schema.Schema{varcoEntitlementSchema},
})

// rightAttributes are those of draft-ietf-scim-roles-entitlements-01 that are filled.
var rightAttributes = simple(
	text("value", "What a user's entitlements and roles hold: <profile>@group or <profile>@unit:<unit code>.", marks{readOnly: true, exact: true}),
	text("display", "The profile's Italian label and its place.", marks{readOnly: true}),
	text("type", "Where it is granted.", marks{readOnly: true, exact: true, values: levels()}),
	boolean("supported", "Whether this client may grant it to a collaborator of this company now.", marks{readOnly: true}),
)

var varcoEntitlementSchema = newSchema(urnVarcoEntit, "VarcoEntitlement", "Profile of the portals",
	[]schema.CoreAttribute(simple(
		text("profile", "Code of the profile.", marks{readOnly: true, exact: true}),
		text("unit", "Code of the unit.", marks{readOnly: true}),
		text("function", "What the profile opens, in the words of the published table (LPT §6.1).", marks{readOnly: true}),
		boolean("reserved", "Whether only the agency grants it.", marks{readOnly: true}),
		text("requiredTypes", "The company must be of one of these types.", marks{readOnly: true, exact: true, many: true}),
		text("requiredQualifications", "The company must be on all of these regional lists.", marks{readOnly: true, exact: true, many: true}),
		text("reason", "Why it is not supported.", marks{readOnly: true}),
	)),
)
