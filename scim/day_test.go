package scim

import (
	"testing"
	"time"
)

func TestEmploymentDates(t *testing.T) {
	a := userType.extended[urnVarcoUser].find("employment").sub.find("endDate")
	for _, tt := range []struct {
		in         string
		start, end string // instants in UTC; "" for refused
		shown      string // as an end
	}{
		{"2027-05-28", "2027-05-27T22:00:00Z", "2027-05-28T22:00:00Z", "2027-05-28"},
		{"2027-05-28T00:00:00Z", "2027-05-27T22:00:00Z", "2027-05-28T22:00:00Z", "2027-05-28"},
		{"2027-05-28T00:00:00.000-05:00", "2027-05-27T22:00:00Z", "2027-05-28T22:00:00Z", "2027-05-28"},
		{"2027-05-28T17:30:00+02:00", "2027-05-28T15:30:00Z", "2027-05-28T15:30:00Z", "2027-05-28T17:30:00+02:00"},
		{"2027-05-28T00:00:01Z", "2027-05-28T00:00:01Z", "2027-05-28T00:00:01Z", "2027-05-28T02:00:01+02:00"},
		// midnight in Rome, said in UTC, is not midnight as written: the exact instant, which ends the day before
		{"2027-05-28T22:00:00Z", "2027-05-28T22:00:00Z", "2027-05-28T22:00:00Z", "2027-05-28"},
		// without a zone the time is Rome's; at midnight it is the day
		{"2027-05-28T17:30:00", "2027-05-28T15:30:00Z", "2027-05-28T15:30:00Z", "2027-05-28T17:30:00+02:00"},
		{"2027-05-28T00:00:00", "2027-05-27T22:00:00Z", "2027-05-28T22:00:00Z", "2027-05-28"},
		// the clocks change: 23 and 25 hours
		{"2027-03-28", "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z", "2027-03-28"},
		{"2027-10-31", "2027-10-30T22:00:00Z", "2027-10-31T23:00:00Z", "2027-10-31"},
		{"2028-02-29", "2028-02-28T23:00:00Z", "2028-02-29T23:00:00Z", "2028-02-29"},
		{"2027-02-29", "", "", ""},
		{"28/05/2027", "", "", ""},
		{"2027-05-28T25:00:00Z", "", "", ""},
		{"2027-05-28 10:00", "", "", ""},
		{"0001-01-01T00:00:00Z", "", "", ""},
	} {
		start, err := startOf(a, tt.in)
		end, errEnd := endOf(a, tt.in)
		if tt.start == "" {
			checkRefusal(t, err, "invalidValue", "employment.endDate: expected a date")
			checkRefusal(t, errEnd, "invalidValue", "employment.endDate: expected a date")
			continue
		}
		if err != nil || errEnd != nil || instantText(start) != tt.start || instantText(end) != tt.end {
			t.Errorf("%s: starts %s, ends %s, %v %v", tt.in, instantText(start), instantText(end), err, errEnd)
		}
		if shown := endText(end); shown != tt.shown {
			t.Errorf("%s: shown as %v, want %s", tt.in, shown, tt.shown)
		}
		again, _ := endOf(a, endText(end).(string))
		began, _ := startOf(a, startText(start).(string))
		if !again.Equal(end) || !began.Equal(start) {
			t.Errorf("%s: read back as %s and %s", tt.in, began, again)
		}
	}
	if startText(time.Time{}) != nil || endText(time.Time{}) != nil {
		t.Error("no date is shown as one")
	}
}
