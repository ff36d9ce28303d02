package registry

import (
	"testing"
	"time"
)

// employed is a period that ends with this last day, known at an instant.
func employed(t *testing.T, lastDay, known string) Employment {
	t.Helper()
	return Employment{
		Start:      day(t, "2020-01-01").Start(),
		End:        day(t, lastDay).End(),
		EndKnownAt: utc(t, known),
	}
}

// Friday 2027-05-28 is the last day; Wednesday 2027-06-02 is a holiday and moves
// nothing.
func TestDeadlineFridayBeforeHoliday(t *testing.T) {
	for _, tc := range []struct {
		name, known, now string
		outcome          Outcome
		done             string
		late             int
	}{
		{"known before, still ahead", "2027-05-19T23:00:00Z", "2027-05-28T21:59:59.999999Z", OutcomeScheduled, "", 0},
		{"known before, the end comes", "2027-05-19T23:00:00Z", "2027-05-28T22:00:00Z", OutcomeWithinTerm, "2027-05-28T22:00:00Z", 0},
		{"known before, the sweep is a month late", "2027-05-19T23:00:00Z", "2027-06-30T10:00:00Z", OutcomeWithinTerm, "2027-05-28T22:00:00Z", 0},
		{"told on the third day after", "2027-06-01T07:00:00Z", "2027-06-01T07:00:00Z", OutcomeWithinTerm, "2027-06-01T07:00:00Z", 0},
		{"told in the last microsecond", "2027-06-02T21:59:59.999999Z", "2027-06-04T07:00:00Z", OutcomeWithinTerm, "2027-06-02T21:59:59.999999Z", 0},
		{"told as the term is over", "2027-06-02T22:00:00Z", "2027-06-02T22:00:00Z", OutcomeLate, "2027-06-02T22:00:00Z", 1},
		{"told two days too late", "2027-06-04T07:00:00Z", "2027-06-04T07:00:00Z", OutcomeLate, "2027-06-04T07:00:00Z", 2},
		{"and looked at a year later", "2027-06-04T07:00:00Z", "2028-06-04T07:00:00Z", OutcomeLate, "2027-06-04T07:00:00Z", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, known := employed(t, "2027-05-28", tc.known).Deadline(utc(t, tc.now))
			if !known || d.LastDay.String() != "2027-05-28" {
				t.Fatalf("deadline %+v, %v", d, known)
			}
			if want := utc(t, "2027-06-02T22:00:00Z"); !d.DueAt.Equal(want) { // 2027-06-03T00:00 Europe/Rome
				t.Errorf("due at %s, want %s", d.DueAt, want)
			}
			if d.Outcome() != tc.outcome || d.LateDays != tc.late {
				t.Errorf("%s, late by %d; want %s, %d", d.Outcome(), d.LateDays, tc.outcome, tc.late)
			}
			var done time.Time
			if tc.done != "" {
				done = utc(t, tc.done)
			}
			if !d.DoneAt.Equal(done) {
				t.Errorf("done at %s, want %s", d.DoneAt, done)
			}
		})
	}
}

func TestDeadlineDue(t *testing.T) {
	for _, tc := range []struct{ name, last, due string }{
		{"Christmas holidays", "2026-12-21", "2026-12-26T23:00:00Z"},
		{"Immaculate Conception", "2026-12-03", "2026-12-08T23:00:00Z"},
		{"across the spring clock change", "2027-03-25", "2027-03-30T22:00:00Z"},
		{"from the day of the spring change", "2027-03-28", "2027-04-02T22:00:00Z"},
		{"across the autumn clock change", "2027-10-28", "2027-11-02T23:00:00Z"},
		{"from the day of the autumn change", "2027-10-31", "2027-11-05T23:00:00Z"},
		{"across a leap day", "2028-02-26", "2028-03-02T23:00:00Z"},
		{"over the turn of the year", "2027-12-30", "2028-01-04T23:00:00Z"},
	} {
		d, _ := employed(t, tc.last, "2026-01-01T00:00:00Z").Deadline(utc(t, "2026-01-02T00:00:00Z"))
		if !d.DueAt.Equal(utc(t, tc.due)) || d.LastDay.String() != tc.last {
			t.Errorf("%s: last day %s, due %s; want %s, %s", tc.name, d.LastDay, d.DueAt, tc.last, tc.due)
		}
	}
}

// Late days are legal days, also when one of them has 23 or 25 hours.
func TestDeadlineLateDaysAcrossClockChanges(t *testing.T) {
	for _, tc := range []struct {
		last, known string
		late        int
	}{
		{"2027-03-22", "2027-03-27T22:59:59.999999Z", 0},
		{"2027-03-22", "2027-03-27T23:00:00Z", 1},
		{"2027-03-22", "2027-03-28T21:59:59.999999Z", 1}, // the day of 23 hours
		{"2027-03-22", "2027-03-28T22:00:00Z", 2},
		{"2027-10-25", "2027-10-30T22:00:00Z", 1},
		{"2027-10-25", "2027-10-31T22:59:59.999999Z", 1}, // the day of 25 hours
		{"2027-10-25", "2027-10-31T23:00:00Z", 2},
	} {
		d, _ := employed(t, tc.last, tc.known).Deadline(utc(t, tc.known))
		if d.LateDays != tc.late {
			t.Errorf("last day %s, told at %s: late by %d, want %d", tc.last, tc.known, d.LateDays, tc.late)
		}
	}
}

// An employment ended in the middle of a day has that day as its last.
func TestDeadlineOfAnEndNow(t *testing.T) {
	at := utc(t, "2027-05-28T10:00:00Z")
	e := Employment{End: at, EndKnownAt: at}
	d, known := e.Deadline(at)
	if !known || d.LastDay.String() != "2027-05-28" || !d.DoneAt.Equal(at) || d.Outcome() != OutcomeWithinTerm {
		t.Errorf("deadline %+v, %v", d, known)
	}
}

func TestNoDeadlineWithoutEnd(t *testing.T) {
	if d, known := (Employment{Start: utc(t, "2020-01-01T00:00:00Z")}).Deadline(utc(t, "2027-01-01T00:00:00Z")); known {
		t.Errorf("deadline %+v of an employment without end", d)
	}
}
