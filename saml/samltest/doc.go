// Package samltest holds the two neighbours of Varco, made for tests and for
// `varco demo`: an identity provider that speaks SPID's dialect, with its own keys
// and its own page, and an application that logs in through Varco and shows what it
// received. The provider can tell every lie of the published list and more ([Lies]).
//
// The provider signs and verifies with its own code and shares none with package
// saml, so that a mistake there does not meet its twin here; the application is what
// a careful application written with package saml looks like.
//
// It may import what saml may. Start reading at provider.go.
package samltest
