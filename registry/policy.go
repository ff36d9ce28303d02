package registry

import (
	"context"
	"time"
)

// AcceptPolicy records that a person accepts, for a company, the conditions of use
// for administrators; until then the administrator's profile has no effect (L2-01).
func (r *Registry) AcceptPolicy(ctx context.Context, person PersonID, company CompanyID, request string) error {
	actor := personActor(Person{ID: person}, request)
	return r.pass(ctx, actor, ActAcceptPolicy, company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		e.Person = person
		mine, err := tx.CollaboratorsOf(person)
		if err != nil {
			return false, err
		}
		for _, c := range mine {
			if c.CompanyID != company || c.Over(at) {
				continue
			}
			e.Target = string(c.ID)
			if !c.PolicyAcceptedAt.IsZero() {
				return false, nil
			}
			c.PolicyAcceptedAt, c.UpdatedAt, c.Version = at, at, c.Version+1
			return true, tx.UpdateCollaborator(c)
		}
		return false, refuse(NotFound, "no collaboration with this company")
	})
}
