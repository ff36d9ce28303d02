package registry_test

import (
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varco/registry"
)

// A life is a long story on a database: few of them, unless the command line
// says otherwise.
func init() {
	for name, value := range map[string]string{"rapid.checks": "12", "rapid.steps": "25", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
}

// Whatever happens in whatever order, what has effect and which sessions hold is
// what the rules say: after End has answered or the end date has passed, nothing.
// And every change, nothing else, leaves one entry that says it was done.
func TestAnyLife(t *testing.T) {
	onEachEngine(t, func(t *testing.T, w *world) {
		rapid.Check(t, func(rt *rapid.T) { rt.Repeat(newLives(w, rt).steps()) })
	})
}

// newLives begins in a company of its own.
func newLives(w *world, rt *rapid.T) *lives {
	own := *w
	own.t = rt
	own.company = own.register(companyCode(), "Prova S.r.l.", "MO01")
	hr := own.client(own.company, registry.Scopes()...)
	// Made by hand: a client would be dismissed while its company is frozen.
	own.hr = registry.Actor{Kind: hr.Kind, ID: hr.ID, Company: hr.Company, Scopes: hr.Scopes, Attestation: hr.Attestation, Request: hr.Request}
	own.remember()
	l := &lives{world: &own}
	for i := range l.people {
		l.people[i] = &life{code: personCode(), grants: map[string]bool{}}
	}
	return l
}

func (l *lives) steps() map[string]func(*rapid.T) {
	steps := map[string]func(*rapid.T){
		"":        l.check,
		"advance": l.advance,
		"sweep":   l.sweep,
		"freeze":  l.freeze,
	}
	for name, do := range map[string]func(*rapid.T, *life){
		"hire": l.hireOne, "end": l.endOne, "schedule": l.schedule, "grant": l.grant, "processing": l.processing,
		"rehire": l.rehire, "delete": l.delete, "enter": l.enterAndChoose, "block": l.block,
	} {
		steps[name] = func(rt *rapid.T) { do(rt, l.people[rapid.IntRange(0, len(l.people)-1).Draw(rt, "who")]) }
	}
	return steps
}

// amend changes the person's collaborator, if it is one that is not over.
func (l *lives) amend(p *life, edit func(*registry.Draft)) {
	before := l.read(p.id).Version
	after, changed, err := l.change(p.id, edit)
	l.needs(err)
	l.count(changed, after.Version-before)
}

func (l *lives) count(changed bool, versions int64) {
	if changed {
		l.done++
	}
	if changed != (versions == 1) || !changed && versions != 0 {
		l.t.Errorf("changed %v, and %d versions were made", changed, versions)
	}
}

func (l *lives) hireOne(_ *rapid.T, p *life) {
	if p.id != "" {
		return
	}
	p.id = l.hire(p.code, lifeGrants[0]).ID
	p.opened, p.end, p.closed, p.grants = l.Now(), time.Time{}, false, map[string]bool{lifeGrants[0]: true}
	l.done++
}

func (l *lives) endOne(_ *rapid.T, p *life) {
	if p.id == "" {
		return
	}
	before := l.read(p.id).Version
	after := l.world.end(p.id)
	l.count(after.Version != before, after.Version-before)
	p.leaves()
}

func (l *lives) schedule(rt *rapid.T, p *life) {
	if p.id == "" || l.over(p) {
		return
	}
	p.end = time.Time{}
	if days := rapid.IntRange(-1, 3).Draw(rt, "days"); days >= 0 {
		p.end = registry.DayOf(l.Now()).Add(days).End()
	}
	l.amend(p, func(d *registry.Draft) { d.End = p.end })
}

func (l *lives) grant(rt *rapid.T, p *life) {
	if p.id == "" || l.over(p) {
		return
	}
	if allowed := l.read(p.id).Processing; !allowed.Covers("CO") || !allowed.Covers("OFFERTE") {
		return
	}
	wanted := rapid.SliceOfDistinct(rapid.SampledFrom(lifeGrants), rapid.ID).Draw(rt, "grants")
	l.amend(p, func(d *registry.Draft) { d.Entitlements = entitlements(wanted...) })
	l.lose(p, func(g string) bool { return !slices.Contains(wanted, g) })
	for _, g := range wanted {
		p.grants[g] = true
	}
}

func (l *lives) processing(rt *rapid.T, p *life) {
	if p.id == "" || l.over(p) {
		return
	}
	to := rapid.SampledFrom([]registry.Processing{{}, {Authorised: true}, {Authorised: true, Scopes: []registry.Area{"CO"}}}).Draw(rt, "processing")
	l.amend(p, func(d *registry.Draft) { d.Processing = &to })
	l.lose(p, func(g string) bool { return !to.Authorised || to.Scopes != nil && strings.HasPrefix(g, "offerte") })
}

func (l *lives) rehire(_ *rapid.T, p *life) {
	if p.id == "" || !l.over(p) {
		return
	}
	p.leaves()
	l.amend(p, func(d *registry.Draft) { d.Active = true })
	p.opened, p.end, p.closed = l.Now(), time.Time{}, false
}

func (l *lives) delete(_ *rapid.T, p *life) {
	if p.id == "" {
		return
	}
	l.needs(l.Delete(ctx, l.hr, l.company.ID, p.id, nil))
	l.done++
	p.leaves()
	p.id = ""
}

// enterAndChoose opens a session for the company where that is offered, and for
// nobody where it is not.
func (l *lives) enterAndChoose(_ *rapid.T, p *life) {
	in, err := l.Enter(ctx, l.arrive(p.code, registry.Ask{Application: application}))
	if p.blocked {
		if registry.KindOf(err) != registry.Forbidden || err == nil {
			l.t.Errorf("a blocked person enters: %v", err)
		}
		return
	}
	l.needs(err)
	l.done++
	if p.firstAccess.IsZero() {
		p.firstAccess = l.Now()
	}
	chosen, err := l.Choose(ctx, in.VisitCookie, string(l.company.FiscalCode), everything, "")
	if offered := len(l.inEffect(p)) > 0; offered != (err == nil) {
		l.t.Errorf("in effect are %q, and the choice of the company: %v", l.inEffect(p), err)
	}
	if err == nil {
		l.done++
		p.sessions = append(p.sessions, &lifeSession{Session: chosen.Session, grants: l.inEffect(p)})
	}
}

func (l *lives) block(_ *rapid.T, p *life) {
	if p.firstAccess.IsZero() {
		return
	}
	set := l.Block
	if p.blocked {
		set = l.Unblock
	}
	l.needs(set(ctx, l.officer, p.code))
	l.done++
	p.blocked = !p.blocked
	for _, s := range p.sessions {
		s.dead = true
	}
}

func (l *lives) freeze(*rapid.T) {
	set := l.FreezeCompany
	if l.frozen {
		set = l.UnfreezeCompany
	}
	l.needs(set(ctx, l.officer, l.company.ID))
	l.done++
	l.frozen = !l.frozen
	for _, p := range l.people {
		for _, s := range p.sessions {
			s.dead = true
		}
	}
}

func (l *lives) sweep(*rapid.T) {
	report, err := l.Sweep(ctx)
	l.needs(err)
	l.done += report.Closed
}

func (l *lives) advance(rt *rapid.T) {
	hours := rapid.SampledFrom([]int{1, 7, 8, 24, 5 * 24, 31 * 24}).Draw(rt, "hours")
	l.clock.advance(time.Duration(hours) * time.Hour)
}
