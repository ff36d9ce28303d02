// Package saml is where people come in and where applications learn who came.
//
// Towards SPID and CIE Varco is one strict service provider; towards the
// applications it is an identity provider. The rule of the room: what was signed
// is what is read. A message is limited in size, checked for shape, its signature
// verified, and from then on only the bytes that the signature covers are looked
// at. Every refusal names the rule it comes from.
//
// The room imports registry and the standard library, and it alone imports etree,
// goxmldsig, the XML round-trip validator and crewjam/saml, whose types write our
// assertions; what comes in is never read through them. It knows neither the store nor the
// console's templates: pages are handed to a Renderer.
//
// Start reading at server.go for the routes, response.go for the answer of an
// identity provider, request.go for the question of an application, issue.go for
// Varco's own assertion. Source of most rules: the SPID technical rules (regole
// tecniche, with the Avvisi up to 34) and OASIS SAML 2.0 core, bindings, profiles
// and metadata.
package saml
