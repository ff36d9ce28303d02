package web

import (
	"net/http"
	"strings"
)

// contentPolicy allows our own stylesheet, script and images and nothing else;
// each answer completes it with the targets its forms may have.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; form-action "

// setSecurityHeaders sets what every answer carries; a handler may replace them.
//
// Referrer-Policy is strict-origin and not no-referrer: under no-referrer browsers
// send "Origin: null" with a form post (Fetch standard, "append a request Origin
// header"), which identity providers and applications that check the origin of
// their SAML posts refuse. The origin alone tells nothing.
func setSecurityHeaders(h http.Header, hsts bool) {
	h.Set("Content-Security-Policy", contentPolicy+"'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin")
	h.Set("Cache-Control", "no-store")
	if hsts {
		// One year, this host alone: whether its siblings speak https is not ours to say.
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// messagePolicy is the policy of the page that carries a SAML message to another
// site. Naming that site's origin is not enough: Chromium checks form-action
// against every redirect that follows the post too, and providers and applications
// do redirect to hosts of theirs that no metadata names. So any https target is
// allowed there, and plain http only where Varco itself is plain http (loopback).
// Script and markup from elsewhere stay forbidden, and javascript: is no target.
func messagePolicy(https bool) string {
	if https {
		return contentPolicy + "https:"
	}
	return contentPolicy + "http: https:"
}

func isHTTPS(baseURL string) bool { return strings.HasPrefix(baseURL, "https://") }
