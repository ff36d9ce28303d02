package registry

import (
	"testing"
	"time"
)

func day(t *testing.T, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return d
}

func utc(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func TestDayBounds(t *testing.T) {
	for _, tc := range []struct {
		day, start, end string
		hours           int
	}{
		{"2027-01-15", "2027-01-14T23:00:00Z", "2027-01-15T23:00:00Z", 24},
		{"2027-07-15", "2027-07-14T22:00:00Z", "2027-07-15T22:00:00Z", 24},
		{"2027-03-27", "2027-03-26T23:00:00Z", "2027-03-27T23:00:00Z", 24},
		{"2027-03-28", "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z", 23}, // clocks go forward
		{"2027-03-29", "2027-03-28T22:00:00Z", "2027-03-29T22:00:00Z", 24},
		{"2027-10-30", "2027-10-29T22:00:00Z", "2027-10-30T22:00:00Z", 24},
		{"2027-10-31", "2027-10-30T22:00:00Z", "2027-10-31T23:00:00Z", 25}, // clocks go back
		{"2027-11-01", "2027-10-31T23:00:00Z", "2027-11-01T23:00:00Z", 24},
		{"2027-12-31", "2027-12-30T23:00:00Z", "2027-12-31T23:00:00Z", 24},
		{"2028-02-29", "2028-02-28T23:00:00Z", "2028-02-29T23:00:00Z", 24},
	} {
		d := day(t, tc.day)
		if !d.Start().Equal(utc(t, tc.start)) || !d.End().Equal(utc(t, tc.end)) {
			t.Errorf("%s: from %s to %s, want %s to %s", tc.day, d.Start(), d.End(), tc.start, tc.end)
		}
		if d.Start().Location() != time.UTC || d.End().Sub(d.Start()) != time.Duration(tc.hours)*time.Hour {
			t.Errorf("%s: lasts %s, want %d hours in UTC", tc.day, d.End().Sub(d.Start()), tc.hours)
		}
	}
}

func TestDayOf(t *testing.T) {
	for _, tc := range []struct{ at, want string }{
		{"2027-05-28T21:59:59.999999Z", "2027-05-28"},
		{"2027-05-28T22:00:00Z", "2027-05-29"},
		{"2027-01-14T22:59:59.999999Z", "2027-01-14"},
		{"2027-01-14T23:00:00Z", "2027-01-15"},
		{"2027-03-28T00:59:59Z", "2027-03-28"},
		{"2027-03-28T21:59:59.999999Z", "2027-03-28"},
		{"2027-03-28T22:00:00Z", "2027-03-29"},
		{"2027-10-31T00:30:00Z", "2027-10-31"}, // 02:30 for the first time
		{"2027-10-31T01:30:00Z", "2027-10-31"}, // and for the second
		{"2027-10-31T22:59:59.999999Z", "2027-10-31"},
		{"2027-10-31T23:00:00Z", "2027-11-01"},
	} {
		if got := DayOf(utc(t, tc.at)).String(); got != tc.want {
			t.Errorf("DayOf(%s) = %s, want %s", tc.at, got, tc.want)
		}
	}
}

// Each day begins where the one before ends, is the day of all its instants, and
// is as many days after the first as were counted.
func TestDaysFollowEachOther(t *testing.T) {
	first := day(t, "2026-01-01")
	for n := range 5 * 366 {
		d := first.Add(n)
		if d.Sub(first) != n || first.Sub(d) != -n {
			t.Fatalf("%s.Sub(%s) = %d, want %d", d, first, d.Sub(first), n)
		}
		if !d.End().Equal(d.Add(1).Start()) {
			t.Fatalf("%s ends at %s, the next begins at %s", d, d.End(), d.Add(1).Start())
		}
		if DayOf(d.Start()) != d || DayOf(d.End().Add(-time.Microsecond)) != d || DayOf(d.End()) == d {
			t.Fatalf("%s does not hold its own instants", d)
		}
		if again, err := ParseDay(d.String()); err != nil || again != d {
			t.Fatalf("%s reads back as %s, %v", d, again, err)
		}
	}
}

func TestDaySubAcrossClockChanges(t *testing.T) {
	for _, tc := range []struct {
		from, to string
		days     int
	}{
		{"2027-03-26", "2027-03-31", 5},
		{"2027-10-29", "2027-11-03", 5},
		{"2027-03-28", "2027-03-28", 0},
		{"2027-11-01", "2027-10-31", -1},
		{"2027-03-01", "2027-11-30", 274},
	} {
		if got := day(t, tc.to).Sub(day(t, tc.from)); got != tc.days {
			t.Errorf("from %s to %s: %d days, want %d", tc.from, tc.to, got, tc.days)
		}
	}
}

func TestParseDayRefused(t *testing.T) {
	for _, s := range []string{"", "2027-02-29", "2027-13-01", "27-01-01", "2027-1-1", "01/02/2027", "2027-01-01T00:00:00Z", " 2027-01-01"} {
		if d, err := ParseDay(s); KindOf(err) != Invalid || err == nil || !d.IsZero() {
			t.Errorf("ParseDay(%q) = %s, %v", s, d, err)
		}
	}
	if day(t, "2027-01-01").IsZero() || !(Day{}).IsZero() {
		t.Error("only the zero Day is no day")
	}
}
