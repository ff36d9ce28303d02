package registry

import (
	"context"
	"time"
)

// Hire records that a person works for the company and grants what the draft
// asks for. A person who never entered Varco is pre-registered: the grants stand
// and have no effect before the first access. The person is found by the
// fiscal code alone, never by a name or an address.
//
// A code, user name or external id already in use is a Conflict of rule
// "uniqueness"; for a code the message carries the existing collaborator's id.
func (r *Registry) Hire(ctx context.Context, actor Actor, company CompanyID, d Draft) (Collaborator, error) {
	var hired Collaborator
	err := r.pass(ctx, actor, ActHire, company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		blank := Collaborator{ID: newID[CollaboratorID](), CompanyID: company, CreatedAt: at}
		a := &amendment{tx: tx, actor: actor, at: at, entry: e, cur: blank, next: blank, draft: d, hiring: true}
		if err := a.plan(); err != nil {
			return false, err
		}
		e.Target = string(blank.ID)
		err := a.write()
		hired = a.next
		return true, err
	})
	if KindOf(err) == Conflict && err != nil && d.FiscalCode != "" {
		err = r.nameExisting(ctx, actor, company, d.FiscalCode, err)
	}
	return hired, err
}

// nameExisting adds the id of the collaborator that already has the code.
func (r *Registry) nameExisting(ctx context.Context, actor Actor, company CompanyID, code FiscalCode, conflict error) error {
	page, err := r.Collaborators(ctx, actor, Query{
		Company: company, Where: Compare{FieldFiscalCode, Equal, string(code)}, Limit: 1,
	})
	if err != nil || len(page.Items) == 0 {
		return conflict
	}
	return &Error{
		Kind: Conflict, Rule: "uniqueness", Err: conflict,
		Msg: "fiscalCode: already a collaborator of this company, with id " + string(page.Items[0].ID),
	}
}
