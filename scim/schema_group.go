package scim

import "github.com/elimity-com/scim/schema"

// Kinds of group (REQUIREMENTS C.3).
const (
	kindCompany = "COMPANY"
	kindUnit    = "UNIT"
	kindProfile = "PROFILE"
)

var groupType = newResourceType(resourceType{
	name: "Group", endpoint: "/Groups",
	description: "The company (one group, read-only) and its organisational units, nested in it; for clients whose settings say so, each entitlement they may grant.",
	schema: newSchema(urnGroup, "Group", "Group",
		simple(text("displayName", "Name of the company or of the unit.", marks{required: true})),
		[]schema.CoreAttribute{complexAttr("members",
			"Of the company: its units and its collaborators. Of a unit: the collaborators whose home it is; adding one moves them there. Of a profile: who holds it; adding one grants it. At most 1000 are shown.",
			marks{many: true},
			text("value", "The member's id.", marks{required: true, immutable: true, exact: true}),
			reference("$ref", "The member's address.", marks{readOnly: true}, "User", "Group"),
			text("type", "User or Group.", marks{readOnly: true, exact: true, values: []string{"User", "Group"}}),
			text("display", "The member's name.", marks{readOnly: true}),
		)},
	),
	extensions: []schema.Schema{varcoGroupSchema},
	unsorted:   kindAndCode,
	apart:      "members",
})

// kindAndCode puts the company first and units by their code.
func kindAndCode(group *object) string {
	ours := group.child(urnVarcoGroup)
	return ours.text("kind") + " " + ours.text("code")
}

var varcoGroupSchema = newSchema(urnVarcoGroup, "VarcoGroup", "Company and organisational unit",
	simple(
		text("kind", "What the group stands for; PROFILE for clients whose settings show profiles as groups.", marks{readOnly: true, exact: true, values: []string{kindCompany, kindUnit, kindProfile}}),
		text("code", "Code of the unit: 1-32 of A-Z, 0-9, '-', '_', '.', unique among the open units; derived from externalId or displayName when it is not given.",
			marks{immutable: true, unique: true}),
		text("entitlement", "The entitlement that the members of a profile's group hold.", marks{readOnly: true, exact: true}),
		text("fiscalCode", "Fiscal code of the company.", marks{readOnly: true}),
		text("vatNumber", "VAT number of the company.", marks{readOnly: true}),
		text("types", "Types of the company (LPT §3.1).", marks{readOnly: true, exact: true, many: true}),
		text("qualifications", "Regional lists the company is on now.", marks{readOnly: true, exact: true, many: true}),
		text("status", "State of the company or of the unit.", marks{readOnly: true, exact: true}),
	),
	[]schema.CoreAttribute{complexAttr("parent", "The company's group, of a unit.", marks{readOnly: true},
		text("value", "The parent's id.", marks{readOnly: true, exact: true}),
		reference("$ref", "The parent's address.", marks{readOnly: true}, "Group"),
	)},
)
