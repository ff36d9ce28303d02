package registry

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
)

// hash is the keyed hash (HMAC-SHA-256) under which a secret of a purpose is kept.
func (r *Registry) hash(purpose, secret string) []byte {
	mac := hmac.New(sha256.New, r.secret)
	mac.Write([]byte(purpose + "\x00" + secret))
	return mac.Sum(nil)
}

// newSecret is a fresh random secret of 130 bits, for a cookie.
func newSecret() string { return rand.Text() }
