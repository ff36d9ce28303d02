package store

import (
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"varco/registry"
)

// instant is a point in time as a column keeps it: microseconds UTC since 1970,
// NULL for the zero time.
type instant time.Time

func (i instant) Value() (driver.Value, error) {
	t := time.Time(i)
	if t.IsZero() {
		return nil, nil
	}
	return t.UnixMicro(), nil
}

func (i *instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = instant{}
	case int64:
		*i = instant(time.UnixMicro(v).UTC())
	default:
		return fmt.Errorf("an instant cannot be read from %T", src)
	}
	return nil
}

// text is a text as a column keeps it: NULL when it is empty.
type text string

func (t text) Value() (driver.Value, error) {
	if t == "" {
		return nil, nil
	}
	return string(t), nil
}

func (t *text) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = ""
	case string:
		*t = text(v)
	case []byte:
		*t = text(v)
	default:
		return fmt.Errorf("a text cannot be read from %T", src)
	}
	return nil
}

// flag is a boolean that is false where a join found nothing.
type flag bool

func (f flag) Value() (driver.Value, error) { return bool(f), nil }

func (f *flag) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*f = false
	case bool:
		*f = flag(v)
	case int64:
		*f = v != 0
	default:
		return fmt.Errorf("a boolean cannot be read from %T", src)
	}
	return nil
}

// number is a whole number that is 0 where a join found nothing.
type number int64

func (n *number) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*n = 0
	case int64:
		*n = number(v)
	default:
		return fmt.Errorf("a number cannot be read from %T", src)
	}
	return nil
}

// day is a legal day as a column keeps it: YYYY-MM-DD, NULL for none.
type day registry.Day

func (d day) Value() (driver.Value, error) {
	if registry.Day(d).IsZero() {
		return nil, nil
	}
	return registry.Day(d).String(), nil
}

func (d *day) Scan(src any) error {
	var t text
	if err := t.Scan(src); err != nil || t == "" {
		*d = day{}
		return err
	}
	parsed, err := registry.ParseDay(string(t))
	*d = day(parsed)
	return err
}

// digest is a hash as a column keeps it: hexadecimal.
type digest []byte

func (d digest) Value() (driver.Value, error) {
	if d == nil {
		return nil, nil
	}
	return hex.EncodeToString(d), nil
}

func (d *digest) Scan(src any) (err error) {
	var t text
	if err := t.Scan(src); err != nil || t == "" {
		*d = nil
		return err
	}
	*d, err = hex.DecodeString(string(t))
	return err
}

// listOf is a list as a column keeps it: a JSON array.
type listOf[T any] []T

func (l listOf[T]) Value() (driver.Value, error) {
	if l == nil {
		return "[]", nil
	}
	b, err := json.Marshal([]T(l))
	return string(b), err
}

func (l *listOf[T]) Scan(src any) error {
	var t text
	if err := t.Scan(src); err != nil {
		return err
	}
	*l = nil
	if t == "" || t == "[]" {
		return nil
	}
	return json.Unmarshal([]byte(t), (*[]T)(l))
}

// microseconds and moment are an instant inside a JSON column.
func microseconds(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	us := t.UnixMicro()
	return &us
}

func moment(us *int64) time.Time {
	if us == nil {
		return time.Time{}
	}
	return time.UnixMicro(*us).UTC()
}

// bytesOf is nil for an empty text.
func bytesOf(t text) []byte {
	if t == "" {
		return nil
	}
	return []byte(t)
}
