package scim

import "net/http"

// me answers for the resource of whoever holds the token. A token is a client's, never a person's, so there is no such
// resource; RFC 7644 §3.11 has 501 for this.
func (s *server) me(*exchange) (answer, error) {
	return answer{}, refuseStatus(http.StatusNotImplemented, "/Me: the token belongs to a client, not to a person")
}
