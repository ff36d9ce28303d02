package config

import (
	"fmt"
	"io"
	"net/url"
	"time"
)

// File is a path.
type File string

// Duration is written as a Go duration, such as "1m30s".
type Duration time.Duration

// UnmarshalText reads a Go duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("is not a duration such as 1s or 2m30s")
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes a Go duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d Duration) String() string { return time.Duration(d).String() }

const redacted = "(redacted)"

// Secret is a value that no print, log line or JSON shows.
type Secret string

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format prints the placeholder under every verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText is the placeholder, for JSON and for logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Database is the address of a database. Whatever prints it shows neither the
// password nor the parameters, which may hold one.
type Database string

// Reveal is the whole address.
func (d Database) Reveal() string { return string(d) }

func (d Database) String() string {
	if _, ok := d.sqlite(); ok || d == "" {
		return string(d)
	}
	u, err := url.Parse(string(d))
	if err != nil {
		return redacted
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if u.User != nil {
		shown.User = url.User(u.User.Username())
	}
	return shown.String()
}

// Format prints the address without its secrets under every verb.
func (d Database) Format(f fmt.State, _ rune) { io.WriteString(f, d.String()) }

// MarshalText is the address without its secrets, for JSON and for logs.
func (d Database) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
