// Package demo is the sample world of varco demo: a movable clock, synthetic
// companies and people, and the ready file that tells scripts where things are.
//
// It imports the registry and the standard library. Start reading at [Populate].
package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"sync"
	"time"
)

// Clock runs like the machine's clock, ahead of it by as much as it was moved. It
// never goes back, not even over a restart when it has a file.
type Clock struct {
	mu    sync.Mutex
	ahead time.Duration
	file  string // keeps ahead; empty: nothing is kept
}

// NewClock makes a clock that keeps how far it was moved in a file, and starts from
// there. Without a file it starts at the machine's time.
func NewClock(file string) (*Clock, error) {
	c := &Clock{file: file}
	kept, err := os.ReadFile(file)
	if file == "" || errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	c.ahead, err = time.ParseDuration(string(kept))
	return c, err
}

// Now is the clock's instant.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

var errBack = errors.New("the clock never goes back")

// Advance moves the clock on by d, zero or more.
func (c *Clock) Advance(d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("advance: %w", errBack)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ahead+d < c.ahead {
		return errors.New("advance: too far")
	}
	return c.move(c.ahead + d)
}

// Set moves the clock on to an instant.
func (c *Clock) Set(to time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	ahead := time.Until(to)
	if ahead < c.ahead {
		return fmt.Errorf("now: %w", errBack)
	}
	return c.move(ahead)
}

// move is called with the lock held.
func (c *Clock) move(ahead time.Duration) error {
	if c.file != "" {
		if err := os.WriteFile(c.file, []byte(ahead.String()), 0o600); err != nil {
			return err
		}
	}
	c.ahead = ahead
	return nil
}

// order is what a caller asks of the clock: exactly one of the two.
type order struct {
	Now     *time.Time `json:"now"`
	Advance *string    `json:"advance"` // a Go duration such as "120h"
}

// ServeHTTP answers GET with {"now":"RFC 3339"}, and POST {"now":"RFC 3339"} or
// {"advance":"120h"} with the same after moving the clock.
func (c *Clock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		c.answer(w)
	case http.MethodPost:
		if err := c.obey(r.Body); err != nil {
			reply(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		c.answer(w)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		reply(w, http.StatusMethodNotAllowed, map[string]string{"error": "GET or POST"})
	}
}

func (c *Clock) obey(body io.Reader) error {
	var o order
	d := json.NewDecoder(io.LimitReader(body, 1<<10))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return errors.New(`expected {"now":"RFC 3339"} or {"advance":"duration"}`)
	}
	switch {
	case o.Now != nil && o.Advance == nil:
		return c.Set(*o.Now)
	case o.Advance != nil && o.Now == nil:
		by, err := time.ParseDuration(*o.Advance)
		if err != nil {
			return errors.New("advance: is no duration such as 120h")
		}
		return c.Advance(by)
	default:
		return errors.New("expected one of now and advance")
	}
}

func (c *Clock) answer(w http.ResponseWriter) {
	reply(w, http.StatusOK, map[string]string{"now": c.Now().UTC().Format(time.RFC3339Nano)})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
