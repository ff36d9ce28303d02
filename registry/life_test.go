package registry_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"varco/registry"
)

// lives are three people in one company, and what the rules say of them.
type lives struct {
	*world
	people [3]*life
	frozen bool
	done   int // changes made, each to be found in the trail
}

type life struct {
	code        registry.FiscalCode
	id          registry.CollaboratorID // empty: not hired
	firstAccess time.Time
	blocked     bool
	opened      time.Time // of the current period
	end         time.Time
	closed      bool
	grants      map[string]bool
	sessions    []*lifeSession
}

type lifeSession struct {
	registry.Session
	grants []string
	dead   bool
}

var lifeGrants = []string{"co-sare-gestione@group", "co-sare-visualizzazione@unit:MO01", "offerte-lavoro-gestione@unit:MO01"}

// over is the rule, told once more in other words.
func (l *lives) over(p *life) bool {
	now, term := l.Now(), p.opened.Add(30*24*time.Hour)
	expired := !now.Before(term) && (p.firstAccess.IsZero() || !p.firstAccess.Before(term))
	return p.closed || expired || !p.end.IsZero() && !now.Before(p.end)
}

func (p *life) leaves() {
	p.closed = true
	clear(p.grants)
	for _, s := range p.sessions {
		s.dead = s.dead || s.CompanyID != ""
	}
}

// lose takes grants away, and ends the sessions in which one was released.
func (l *lives) lose(p *life, lost func(string) bool) {
	for _, s := range p.sessions {
		s.dead = s.dead || slices.ContainsFunc(s.grants, lost)
	}
	maps.DeleteFunc(p.grants, func(g string, _ bool) bool { return lost(g) })
}

// inEffect are the grants that open something, as the rules say.
func (l *lives) inEffect(p *life) []string {
	if p.id == "" || l.over(p) || l.frozen || p.blocked || p.firstAccess.IsZero() {
		return nil
	}
	return slices.Sorted(maps.Keys(p.grants))
}

func (l *lives) check(*rapid.T) {
	company, err := l.CompanyByCode(ctx, l.officer, l.company.FiscalCode)
	l.needs(err)
	active := 0
	for i, p := range l.people {
		if p.id != "" && l.over(p) {
			p.leaves()
		}
		if p.id != "" && !p.closed {
			active++
		}
		if p.id != "" {
			got := named(registry.EffectiveGrants(l.read(p.id), company, l.Now()))
			if want := l.inEffect(p); !slices.Equal(got, want) {
				l.t.Errorf("person %d: effective %q, want %q", i, got, want)
			}
		}
		for _, s := range p.sessions {
			if want := !s.dead && l.Now().Before(s.NotOnOrAfter); l.holds(s.Session) != want {
				l.t.Errorf("person %d: a session holds %v", i, !want)
			}
		}
	}
	l.checkFound(active)
	l.checkTrail()
	l.clock.advance(time.Microsecond) // no two changes in one instant
}

func (l *lives) checkTrail() {
	done := slices.DeleteFunc(l.trail(), func(line string) bool { return !strings.HasSuffix(line, " DONE") })
	if len(done) != l.done {
		l.t.Errorf("%d changes were made, the trail holds %q", l.done, done)
	}
}

// checkFound tests that a search for active collaborators finds as many.
func (l *lives) checkFound(active int) {
	page, err := l.Collaborators(ctx, l.hr, registry.Query{Company: l.company.ID, Limit: 10,
		Where: registry.Compare{Field: registry.FieldActive, Op: registry.Equal, Value: true}})
	l.needs(err)
	if page.Total != active {
		l.t.Errorf("%d are found active, want %d", page.Total, active)
	}
}
