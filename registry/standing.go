package registry

import (
	"slices"
	"time"
)

// Whoever changes something is let in on what was remembered of the client, as
// readers are: to read it anew would be a round trip before each change. In exchange
// the change itself, in its own transaction, reads the client and looks whether it
// still stands as it did when it was let in. So nothing is ever changed by a client
// that was revoked, narrowed or robbed of its secret before.

// errDismissed is the answer to a client that no longer stands. Its rule is
// "credentials": it may come again with those it has now.
var errDismissed = refuseRule(Forbidden, "credentials", "the client's credentials are no longer valid")

// standing refuses a client that no longer stands.
func (a Actor) standing(tx Tx, at time.Time) error {
	if a.Kind != ActorClient || a.client == nil {
		return nil
	}
	now, err := tx.Client(a.client.ID)
	if err != nil {
		return err
	}
	if !now.admitted(at) || !a.client.standsAs(now, at) {
		return errDismissed
	}
	return nil
}

// standsAs tells whether what let the client in, and what it may do, is there still.
// Of its secrets the one it proved itself with counts: another may have been rotated
// away meanwhile.
func (c Client) standsAs(now Client, at time.Time) bool {
	return c.CompanyID == now.CompanyID && c.UnitID == now.UnitID && c.Agency == now.Agency && now.holdsAll(c.Scopes) &&
		c.Proof.equal(now.Proof) && (c.ProvenBy == "" || now.living(c.ProvenBy, at))
}

// holdsAll tells whether the client has these scopes; an access token may be for some of them.
func (c Client) holdsAll(scopes []Scope) bool {
	return !slices.ContainsFunc(scopes, func(s Scope) bool { return !slices.Contains(c.Scopes, s) })
}

func (p Proof) equal(q Proof) bool {
	return p.Keys == q.Keys && p.KeyURL == q.KeyURL && p.Issuer == q.Issuer && p.Subject == q.Subject && p.Audience == q.Audience &&
		slices.Equal(p.Certificate, q.Certificate) && slices.Equal(p.Networks, q.Networks)
}
