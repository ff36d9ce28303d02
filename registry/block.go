package registry

import (
	"context"
	"time"
)

// Block suspends an identity on the agency's word: no login of any provider, no
// grant and no session of the person holds from this answer on (L8-15, L8-16).
func (r *Registry) Block(ctx context.Context, actor Actor, code FiscalCode) error {
	return r.setBlock(ctx, actor, ActBlock, code, func(p *Person, at time.Time) bool {
		if !p.BlockedAt.IsZero() {
			return false
		}
		p.BlockedAt = at
		return true
	})
}

// Unblock lifts a block. Only the agency can.
func (r *Registry) Unblock(ctx context.Context, actor Actor, code FiscalCode) error {
	return r.setBlock(ctx, actor, ActUnblock, code, func(p *Person, _ time.Time) bool {
		was := !p.BlockedAt.IsZero()
		p.BlockedAt = time.Time{}
		return was
	})
}

func (r *Registry) setBlock(ctx context.Context, actor Actor, act Act, code FiscalCode, set func(*Person, time.Time) bool) error {
	return r.pass(ctx, actor, act, "", func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		p, err := tx.PersonByCode(code)
		if err != nil {
			return false, err
		}
		e.Person, e.Target = p.ID, string(p.ID)
		if !set(&p, at) {
			return false, nil
		}
		if err := tx.UpdatePerson(p); err != nil {
			return false, err
		}
		if p.BlockedAt.IsZero() {
			return true, nil
		}
		if err := tx.EndLogins(p.ID, at, EndPersonBlocked); err != nil {
			return false, err
		}
		return true, tx.EndSessions(SessionMatch{Person: p.ID}, at, EndPersonBlocked)
	})
}

// PersonByCode finds a person by any variant or alias of the code; for the system
// and officers.
func (r *Registry) PersonByCode(ctx context.Context, actor Actor, code FiscalCode) (Person, error) {
	if actor.Kind != ActorSystem && actor.Kind != ActorOfficer {
		return Person{}, refuse(Forbidden, "people are not looked up by this kind of actor")
	}
	var p Person
	err := r.store.View(ctx, func(rd Reader) (err error) {
		p, err = rd.PersonByCode(code)
		return err
	})
	return p, err
}
