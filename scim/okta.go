package scim

// oktaType is the form in which Okta discovers what can be granted: it reads /ResourceTypes, finds this schema and lists
// the endpoint. What this client cannot grant is not offered.
var oktaType = newResourceType(resourceType{
	name: "Profile", endpoint: "/Profiles",
	description: "The entitlements that this client may grant now, as Okta discovers them.",
	schema: newSchema(urnOktaEntitlement, "Profile", "Entitlement as Okta reads it", simple(
		text("displayName", "The profile's Italian label and its place.", marks{readOnly: true}),
		text("type", "Where it is granted.", marks{readOnly: true, exact: true, values: levels()}),
		text("description", "What the profile opens, in the words of the published table (LPT §6.1).", marks{readOnly: true}),
	)),
})

// okta shows it as Okta reads it; what cannot be granted is not shown.
func (g grantable) okta() *object {
	if g.reason != "" {
		return nil
	}
	return obj("schemas", []any{urnOktaEntitlement}, "id", g.String(), "displayName", displayOf(g.Entitlement),
		"type", string(g.Level()), "description", g.profile.Function)
}
