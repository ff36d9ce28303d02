package scim

import (
	"strings"
	"time"

	"varco/registry"
)

// Employment dates are legal days (Europe/Rome) or exact instants (REQUIREMENTS A-09). A plain date YYYY-MM-DD is a
// day; an RFC 3339 date-time at midnight, in whatever offset, is that date, because this is how connectors send
// dates; any other date-time is meant to the second.

// startOf is the first instant of work: 00:00 of a day, or the instant.
func startOf(a *attribute, s string) (time.Time, error) {
	day, at, err := dayOrInstant(a, s)
	if !day.IsZero() {
		at = day.Start()
	}
	return at, err
}

// endOf is the first instant after the work: a day is the last one worked, so 00:00 of the next.
func endOf(a *attribute, s string) (time.Time, error) {
	if strings.HasPrefix(s, "9999-12-31") { // how SAP and others write that there is none
		return time.Time{}, nil
	}
	day, at, err := dayOrInstant(a, s)
	if !day.IsZero() {
		at = day.End()
	}
	return at, err
}

// dayOf reads a day where an instant would make no sense.
func dayOf(a *attribute, s string) (registry.Day, error) {
	if s == "" {
		return registry.Day{}, nil
	}
	day, at, err := dayOrInstant(a, s)
	if err == nil && day.IsZero() {
		day = registry.DayOf(at)
	}
	return day, err
}

func dayOrInstant(a *attribute, s string) (registry.Day, time.Time, error) {
	if s == "" {
		return registry.Day{}, time.Time{}, nil
	}
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		at, err = time.Parse(time.RFC3339, s)
	}
	if err != nil { // the zone may be left out of an xsd:dateTime (RFC 7643 §2.3.5): then it is ours
		at, err = time.ParseInLocation("2006-01-02T15:04:05", s, registry.Rome)
	}
	if err != nil || at.Year() < 1900 || at.Year() > 9998 {
		return registry.Day{}, time.Time{}, a.expected("a date YYYY-MM-DD or an RFC 3339 date-time, from 1900 on")
	}
	if h, m, sec := at.Clock(); h == 0 && m == 0 && sec == 0 && at.Nanosecond() == 0 {
		day, err := registry.ParseDay(at.Format(time.DateOnly))
		return day, time.Time{}, err
	}
	return registry.Day{}, at, nil
}

// startText shows a first instant so that startOf reads it back: a date when a day begins then.
func startText(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	if day := registry.DayOf(at); day.Start().Equal(at) {
		return day.String()
	}
	return at.In(registry.Rome).Format(time.RFC3339Nano)
}

// endText shows the end of work so that endOf reads it back: the last day when the work ends with it.
func endText(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	if day := registry.DayOf(at.Add(-time.Microsecond)); day.End().Equal(at) {
		return day.String()
	}
	return at.In(registry.Rome).Format(time.RFC3339Nano)
}

// instantText is an RFC 3339 instant in UTC, "" for none.
func instantText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

func dayText(d registry.Day) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}
