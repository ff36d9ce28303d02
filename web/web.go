// Package web is the HTTP edge that every request to Varco crosses, and the pages
// that people see.
//
// The edge gives each request an id, limits its body, refuses changes that another
// site's page asked for, catches panics, sets the security headers and writes one
// access line. The pages are embedded templates in plain Italian; they work without
// script. Rooms that need a page (saml) are handed [Pages.Page] by cmd and pass
// their own data.
//
// It may import registry and the standard library.
//
// Start reading at edge.go, then pages.go.
package web
