package registry_test

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"varco/registry"
)

// remember makes the trail begin here.
func (w *world) remember() {
	w.clock.advance(time.Microsecond)
	w.mark = w.clock.Now()
}

// trail is everything recorded since the mark, as "act outcome", sorted.
func (w *world) trail() []string {
	w.t.Helper()
	var lines []string
	for _, e := range w.entries() {
		lines = append(lines, string(e.Act)+" "+e.Outcome)
	}
	slices.Sort(lines)
	return lines
}

func (w *world) entries() []registry.AuditEntry {
	w.t.Helper()
	entries, err := w.Trail(ctx, w.officer, registry.AuditQuery{From: w.mark, Limit: 100_000})
	w.needs(err)
	return entries
}

// wantTrail tests what was recorded since the mark, in any order.
func (w *world) wantTrail(want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if got := w.trail(); !slices.Equal(got, want) {
		w.t.Errorf("the trail holds %q, want %q", got, want)
	}
}

// only is the single entry recorded since the mark.
func (w *world) only() registry.AuditEntry {
	w.t.Helper()
	return w.one(w.entries())
}

// entry is the single entry of an act recorded since the mark.
func (w *world) entry(act registry.Act) registry.AuditEntry {
	w.t.Helper()
	return w.one(slices.DeleteFunc(w.entries(), func(e registry.AuditEntry) bool { return e.Act != act }))
}

func (w *world) one(entries []registry.AuditEntry) registry.AuditEntry {
	w.t.Helper()
	if len(entries) != 1 {
		w.t.Fatalf("the trail holds %q: %d entries are looked for, want one", w.trail(), len(entries))
	}
	return entries[0]
}

// state is what anybody could read of both companies, to be compared.
func (w *world) state() string {
	w.t.Helper()
	var b bytes.Buffer
	companies, err := w.Companies(ctx, w.officer)
	w.needs(err)
	for _, co := range companies {
		units, err := w.Units(ctx, w.officer, co.ID)
		w.needs(err)
		clients, err := w.Clients(ctx, w.officer, co.ID)
		w.needs(err)
		page, err := w.Collaborators(ctx, w.officer, registry.Query{Company: co.ID, Limit: 1000})
		w.needs(err)
		fmt.Fprintf(&b, "%+v\n%+v\n%+v\n%+v\n", co, units, clients, page)
		for _, c := range page.Items {
			periods, err := w.periods(w.officer, co.ID, c.ID)
			w.needs(err)
			fmt.Fprintf(&b, "%+v\n", periods)
		}
	}
	return b.String()
}

// printed is all of something, to be searched.
func printed(v any) string { return fmt.Sprintf("%+v", v) }

// notices empties the outbox.
func (w *world) notices() []registry.Notice {
	w.t.Helper()
	notices, err := w.LeaseNotices(ctx, time.Minute, 1000)
	w.needs(err)
	for _, n := range notices {
		w.needs(w.SettleNotice(ctx, n.ID))
	}
	return notices
}
