package registry

import (
	"sync"
	"time"
)

// Guard bounds how many collaborators of a company a client may end within an hour
// (REQUIREMENTS C.3): an empty feed must not lock a whole company out. What goes
// beyond is held until somebody confirms it, and takes effect by itself before the
// five days are over.
type Guard struct {
	Off     bool // nothing is held
	Percent int  // of those employed at the beginning of the hour
	Minimum int  // never less than this many
}

// DefaultGuard is max(5, 20 %).
var DefaultGuard = Guard{Percent: 20, Minimum: 5}

const (
	guardWindow = time.Hour
	// guardFresh is how long a process relies on what it counted, as long as the limit
	// is further away than what the other replicas can end in that time.
	guardFresh  = time.Second
	guardMargin = 1000
	// guardRecount is how long the most that a company may end stands before its
	// staff is counted anew: a company shrinks.
	guardRecount = time.Minute
)

// most is how many may be ended within the hour in which so many were employed.
func (g Guard) most(employed int) int { return max(g.Minimum, employed*g.Percent/100) }

// SetGuard replaces the guard. It is called before the registry is used.
func (r *Registry) SetGuard(g Guard) { r.guard = g }

// GuardReader reads what the guard goes by.
type GuardReader interface {
	// Departures counts those whom clients ended and that are not forgotten by now.
	Departures(company CompanyID, now time.Time) (int, error)
	// Employed counts those whose employment is not over.
	Employed(company CompanyID, now time.Time) (int, error)
	// GuardLiftedUntil is until when nothing is held of a company; zero: it is not lifted.
	GuardLiftedUntil(CompanyID) (time.Time, error)
}

// GuardWriter keeps it.
type GuardWriter interface {
	// InsertDeparture notes that a client ended somebody, until it is forgotten.
	InsertDeparture(company CompanyID, id CollaboratorID, forget time.Time) error
	LiftGuard(company CompanyID, until time.Time) error
}

// tally is what a process knows of the ends in one company.
type tally struct {
	ends      int // counted, and let pass since
	most      int // 0: unknown
	countedAt time.Time
	staffAt   time.Time // when the staff was counted, which gave most
}

// tallies lets ends pass that are far from the limit without asking the store.
type tallies struct {
	mu sync.Mutex
	by map[CompanyID]tally
}

// far tells whether the limit is certainly far, and counts one end.
func (t *tallies) far(company CompanyID, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := t.by[company]
	known.ends++
	far := now.Sub(known.countedAt) < guardFresh && known.ends+guardMargin < known.most
	if far {
		t.by[company] = known
	}
	return far
}

// most is the most that was found for the company, and whether that was a moment
// ago; 0 where it is too long ago.
func (t *tallies) most(company CompanyID, now time.Time) (most int, fresh bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := t.by[company]
	age := now.Sub(known.staffAt)
	if age < 0 || age >= guardRecount {
		return 0, false
	}
	return known.most, age < guardFresh
}

// counted remembers a count of the ends, and one of the staff where there was one.
func (t *tallies) counted(company CompanyID, ends, most int, staff bool, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[CompanyID]tally{}
	}
	known := tally{ends: ends, most: most, countedAt: now, staffAt: t.by[company].staffAt}
	if staff {
		known.staffAt = now
	}
	t.by[company] = known
}

// guarded tells whether the planned amendment is one of the ends that are counted.
// One that says why it ends is meant; one whose term is as good as over is not held.
func (r *Registry) guarded(a *amendment) bool {
	return !r.guard.Off && a.actor.Kind == ActorClient && a.closing != "" && !a.hiring && a.replaced == nil &&
		!a.cur.Over(a.at) && a.draft.EndReason == ""
}

// watch counts an end, or plans to hold it: then it returns the refusal to answer with.
func (r *Registry) watch(a *amendment, act Act) (*Error, error) {
	if !r.guarded(a) {
		return nil, nil
	}
	company := a.cur.CompanyID
	if !r.pace.far(company, a.at) {
		over, most, err := r.overPace(a.tx, company, a.at)
		if err != nil {
			return nil, err
		}
		hold := a.holdFor(act)
		if over && a.at.Before(hold.EffectiveAt) {
			return refuse(Conflict, "held for confirmation: more than %d ends of employment within one hour through SCIM "+
				"(the most for this company) wait until an administrator or the agency confirms them (varco held confirm); "+
				"then send the request again. This one takes effect unconfirmed at %s. "+
				"A request that carries terminationReason is not held.", most, stamp(hold.EffectiveAt)), nil
		}
	}
	return nil, a.tx.InsertDeparture(company, a.cur.ID, a.at.Add(guardWindow))
}

// overPace counts, in the transaction itself, whether one more end is one too many.
func (r *Registry) overPace(tx Tx, company CompanyID, now time.Time) (over bool, most int, err error) {
	ends, err := tx.Departures(company, now)
	if err != nil || ends < r.guard.Minimum {
		return false, 0, err
	}
	most, fresh := r.pace.most(company, now)
	staff := ends >= most && !fresh // not for each of a crowd: it reads the whole company
	if staff {
		employed, err := tx.Employed(company, now)
		if err != nil {
			return false, 0, err
		}
		most = r.guard.most(employed + ends)
	}
	r.pace.counted(company, ends, most, staff, now)
	if ends < most {
		return false, most, nil
	}
	lifted, err := tx.GuardLiftedUntil(company)
	return !now.Before(lifted), most, err
}
