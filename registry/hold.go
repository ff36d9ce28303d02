package registry

import (
	"context"
	"slices"
	"time"
)

// HoldOutcome says what became of a held end.
type HoldOutcome string

// The outcomes of a hold.
const (
	HoldDone      HoldOutcome = "DONE" // the employment ended: confirmed, ended otherwise, or the term had come
	HoldDismissed HoldOutcome = "DISMISSED"
)

// Hold is an end that a client asked for and that waits for a confirmation
// [cessazione in attesa di conferma].
type Hold struct {
	ID             HoldID
	CompanyID      CompanyID
	CollaboratorID CollaboratorID
	Client         string // Actor.String
	Act            Act    // ActEnd or ActDelete
	Reason         EndReason
	End            time.Time // exclusive end of the employment as it was asked for
	RequestedAt    time.Time
	EffectiveAt    time.Time // from here on the end has effect, confirmed or not
}

// HoldReader finds open holds.
type HoldReader interface {
	// Hold is the open hold of a collaborator.
	Hold(CollaboratorID) (Hold, error)
	// Holds lists the open holds of a company, oldest first.
	Holds(CompanyID) ([]Hold, error)
}

// HoldWriter keeps holds. One collaborator has one open hold at most.
type HoldWriter interface {
	InsertHold(Hold) error
	SettleHold(id CollaboratorID, at time.Time, by string, outcome HoldOutcome) error
}

// held tells whether an end that is held has taken effect unconfirmed.
func (c Collaborator) held(now time.Time) bool {
	return !c.HeldEndAt.IsZero() && !now.Before(c.HeldEndAt)
}

// holdFor is the hold of the end that the amendment plans. It takes effect a day
// before the term is over, so that no hold makes anybody late (LPT §6.4).
func (a *amendment) holdFor(act Act) Hold {
	e := a.next.Employment
	return Hold{
		ID: newID[HoldID](), CompanyID: a.cur.CompanyID, CollaboratorID: a.cur.ID, Client: a.actor.String(), Act: act,
		Reason: a.closing, End: e.End, RequestedAt: a.at, EffectiveAt: e.LastDay().Add(revocationDays).Start(),
	}
}

// hold keeps, instead of the end, that it was asked for. It reports false when that
// is known already.
func (a *amendment) hold(act Act) (bool, error) {
	if !a.cur.HeldEndAt.IsZero() {
		return false, nil
	}
	h := a.holdFor(act)
	a.entry.Act, a.entry.Reason, a.entry.Person = ActHold, string(h.Reason), a.cur.PersonID
	a.entry.changed("held.effectiveAt", "", stamp(h.EffectiveAt))
	held := a.cur
	held.HeldEndAt, held.UpdatedAt, held.Version = h.EffectiveAt, a.at, a.cur.Version+1
	if err := a.tx.UpdateCollaborator(held); err != nil {
		return false, err
	}
	if err := a.tx.InsertHold(h); err != nil {
		return false, err
	}
	return true, a.tx.InsertNotices([]Notice{{
		ID: newID[NoticeID](), Kind: NoticeEndHeld, Recipient: "company:" + string(h.CompanyID), Subject: string(h.CollaboratorID), CreatedAt: a.at,
	}})
}

// takeHeld makes an end that was held, and whose time has come unconfirmed, the end
// of the running period.
func (a *amendment) takeHeld() error {
	if !a.cur.held(a.at) || !a.cur.Employment.ClosedAt.IsZero() {
		return nil
	}
	h, err := a.tx.Hold(a.cur.ID)
	if err != nil {
		return err
	}
	e := a.cur.Employment
	if a.draft.End.Equal(e.End) {
		a.draft.End = h.End
	}
	e.End, e.EndKnownAt, e.CloseReason = h.End, a.cur.HeldEndAt, h.Reason
	a.entry.changed("employment.end", stamp(a.cur.Employment.End), stamp(e.End))
	a.cur.Employment, a.next.Employment = e, e
	return nil
}

// planHold withdraws a held end when a client says that the employment goes on: who
// asked for the end has corrected itself (REQUIREMENTS C.3).
func (a *amendment) planHold() error {
	if a.draft.Stays && a.draft.Active && a.actor.Kind == ActorClient && a.stays() {
		a.next.HeldEndAt = time.Time{}
	}
	return nil
}

// stays tells whether the running period goes on after the amendment.
func (a *amendment) stays() bool { return a.closing == "" && a.replaced == nil && !a.cur.Over(a.at) }

// settleHold closes the hold of somebody who is ended now, however that came, or who
// stays.
func (a *amendment) settleHold() error {
	if a.cur.HeldEndAt.IsZero() || !a.next.HeldEndAt.IsZero() {
		return nil
	}
	outcome := HoldDone
	if a.stays() {
		outcome = HoldDismissed
	}
	return a.tx.SettleHold(a.cur.ID, a.at, a.actor.String(), outcome)
}

// Held lists the ends of a company that wait for a confirmation, oldest first.
func (r *Registry) Held(ctx context.Context, actor Actor, company CompanyID) ([]Hold, error) {
	var holds []Hold
	err := r.store.View(ctx, func(rd Reader) (err error) {
		if err := mayJudge(rd, actor, ActConfirmHeld, company, r.Now()); err != nil {
			return err
		}
		holds, err = rd.Holds(company)
		return err
	})
	return holds, err
}

// ConfirmHeld executes the held ends of a company and holds no more of them for an
// hour, so that the client's feed goes through. It returns how many it executed.
func (r *Registry) ConfirmHeld(ctx context.Context, actor Actor, company CompanyID) (int, error) {
	err := r.pass(ctx, actor, ActConfirmHeld, company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
		if err := mayJudge(tx, actor, ActConfirmHeld, company, at); err != nil {
			return false, err
		}
		return true, tx.LiftGuard(company, at.Add(guardWindow))
	})
	if err != nil {
		return 0, err
	}
	return r.eachHeld(ctx, actor, ActConfirmHeld, company, func(a *amendment, h Hold) error {
		a.draft.Active, a.draft.EndReason = false, h.Reason
		if h.End.After(a.cur.Employment.Start) && (a.draft.End.IsZero() || h.End.Before(a.draft.End)) {
			a.draft.End = h.End
		}
		if err := a.plan(); err != nil {
			return err
		}
		if h.Act == ActDelete {
			a.next.DeletedAt = a.at
		}
		return a.write()
	})
}

// DismissHeld forgets the held ends of a company: the employments go on. It returns
// how many there were.
func (r *Registry) DismissHeld(ctx context.Context, actor Actor, company CompanyID) (int, error) {
	return r.eachHeld(ctx, actor, ActDismissHeld, company, func(a *amendment, h Hold) error {
		a.next.HeldEndAt, a.next.UpdatedAt, a.next.Version = time.Time{}, a.at, a.cur.Version+1
		a.entry.changed("held.effectiveAt", stamp(h.EffectiveAt), "")
		if err := a.tx.UpdateCollaborator(a.next); err != nil {
			return err
		}
		return a.tx.SettleHold(h.CollaboratorID, a.at, a.actor.String(), HoldDismissed)
	})
}

// eachHeld judges the held ends of a company one by one, each in its transaction.
func (r *Registry) eachHeld(ctx context.Context, actor Actor, act Act, company CompanyID, judge func(*amendment, Hold) error) (int, error) {
	holds, err := r.Held(ctx, actor, company)
	if err != nil {
		return 0, err
	}
	done := 0
	for _, h := range holds {
		judged := false
		err := r.pass(ctx, actor, act, company, func(tx Tx, at time.Time, e *AuditEntry) (bool, error) {
			judged = false
			e.Target = string(h.CollaboratorID)
			if err := mayJudge(tx, actor, act, company, at); err != nil {
				return false, err
			}
			c, err := tx.Collaborator(company, h.CollaboratorID)
			if err != nil && KindOf(err) == NotFound || err == nil && (c.HeldEndAt.IsZero() || c.Over(at)) {
				return false, nil // ended meanwhile, by itself or by somebody else
			}
			if err != nil {
				return false, err
			}
			judged = true
			return true, judge(&amendment{tx: tx, actor: actor, at: at, entry: e, cur: c, next: c, draft: c.Draft(at)}, h)
		})
		if err != nil {
			return done, err
		}
		if judged {
			done++
		}
	}
	return done, nil
}

// mayJudge tells whether the actor may say what becomes of held ends: the agency,
// the operator, and who administers the whole company (REQUIREMENTS C.3, C.5).
func mayJudge(rd Reader, actor Actor, act Act, company CompanyID, now time.Time) error {
	if actor.Kind != ActorPerson {
		return may(actor, act, company)
	}
	co, err := rd.Company(company)
	if err != nil {
		return err
	}
	mine, err := rd.CollaboratorsOf(PersonID(actor.ID))
	if err != nil {
		return err
	}
	for _, c := range mine {
		administers := func(g Grant) bool { return g.Profile == ProfileAdministrator && g.UnitID == "" }
		if c.CompanyID == company && slices.ContainsFunc(EffectiveGrants(c, co, now), administers) {
			return nil
		}
	}
	return refuse(Forbidden, "%s: only who administers the company", act)
}
