package registry

import (
	"time"
	_ "time/tzdata" // legal days must not depend on the machine's zone files
)

// Rome is the zone of legal days (Europe/Rome), both clock changes included.
var Rome = mustLoad("Europe/Rome")

func mustLoad(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

// A Day is a legal day in Italy, from 00:00 to 24:00 Europe/Rome. It lasts 23 or
// 25 hours when the clocks change. The zero Day is no day.
type Day struct{ t time.Time } // midnight UTC of the same date, as a plain calendar date

// DayOf is the legal day that holds the instant.
func DayOf(t time.Time) Day {
	y, m, d := t.In(Rome).Date()
	return Day{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, refuse(Invalid, "must be a date YYYY-MM-DD")
	}
	return Day{t}, nil
}

// Start is the instant the day begins: 00:00 Europe/Rome.
func (d Day) Start() time.Time {
	y, m, day := d.t.Date()
	return time.Date(y, m, day, 0, 0, 0, 0, Rome).UTC()
}

// End is the first instant after the day, 00:00 of the next one: whoever works to
// the end of the day may work until here.
func (d Day) End() time.Time { return d.Add(1).Start() }

// Add is the day n calendar days later.
func (d Day) Add(n int) Day { return Day{d.t.AddDate(0, 0, n)} }

// Sub counts the calendar days from e to d.
func (d Day) Sub(e Day) int { return int(d.t.Sub(e.t) / (24 * time.Hour)) }

// IsZero tells whether there is no day.
func (d Day) IsZero() bool { return d.t.IsZero() }

// String is YYYY-MM-DD.
func (d Day) String() string { return d.t.Format(time.DateOnly) }
