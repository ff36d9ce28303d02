package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
)

// trial kills Varco in the middle of many POSTs and looks for what it had
// acknowledged.
type trial struct {
	varco       string // the program
	connections int
	rounds      int
	posts       int // of one round
}

func runDurable(ctx context.Context, args []string) error {
	t := trial{}
	flags := flag.NewFlagSet("load durable", flag.ContinueOnError)
	flags.StringVar(&t.varco, "varco", "varco", "the program")
	flags.IntVar(&t.connections, "connections", 8, "connections, each without a pause")
	flags.IntVar(&t.rounds, "rounds", 3, "how often it is killed on each engine")
	flags.IntVar(&t.posts, "posts", 1_000, "POSTs of one round")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, engine := range flags.Args() {
		if err := t.engine(ctx, engine); err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
	}
	return nil
}

func (t trial) engine(ctx context.Context, engine string) (err error) {
	w, err := open(ctx, engine, t.varco, "demo")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for n := 1; n <= t.rounds; n++ {
		story, err := t.round(ctx, w)
		if err != nil {
			return fmt.Errorf("round %d: %w", n, err)
		}
		fmt.Printf("%s, round %d: %s\n", engine, n, story)
	}
	return nil
}

// round is one kill, and what was there after it, in words for people.
func (t trial) round(ctx context.Context, w *world) (string, error) {
	cut, err := t.killMidway(w)
	if err != nil {
		return "", err
	}
	again, err := start(ctx, w.site, t.varco, "demo")
	if err != nil {
		return "", err
	}
	w.process = again
	w.staff = append(w.staff, cut.acknowledged...)
	found := len(w.staff)
	if err := t.findAll(w); err != nil {
		return "", err
	}
	created, err := t.retry(w, cut.unanswered)
	if err != nil {
		return "", fmt.Errorf("retry: %w", err)
	}
	return fmt.Sprintf("killed after %d acknowledged POSTs with %d under way; all %d acknowledged so far are there; retries: %d created, %d known; %d in the end",
		len(cut.acknowledged), len(cut.unanswered), found, created, len(cut.unanswered)-created, len(w.staff)), t.count(w)
}

// cut is what the load knew when the server was killed.
type cut struct {
	mu           sync.Mutex
	at           int        // after so many acknowledged
	acknowledged []employee // in the order of the answers
	unanswered   []hire
}

// killMidway kills the server at a random moment of the POSTs, while every
// connection goes on.
func (t trial) killMidway(w *world) (*cut, error) {
	c := &cut{at: t.posts/5 + rand.IntN(t.posts*3/5)}
	_, err := w.crowd(t.connections, func(k *worker) error {
		for {
			h := w.nextHire()
			a, err := k.ask(http.MethodPost, "/Users", h.document(w.unit(h), ""))
			if err != nil {
				return c.miss(h, t.posts)
			}
			if err := c.note(a, h, w.process); err != nil {
				return err
			}
		}
	})
	if err == nil && len(c.unanswered) == 0 {
		err = errors.New("nothing was under way when the server was killed")
	}
	return c, err
}

// note records an acknowledged hire, and kills when it is time.
func (c *cut) note(a answer, h hire, p *process) error {
	if err := a.expect(http.StatusCreated, nil); err != nil {
		return err
	}
	e, err := acknowledged(a, h)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.acknowledged = append(c.acknowledged, e)
	now := len(c.acknowledged) == c.at
	c.mu.Unlock()
	if now {
		return p.kill()
	}
	return nil
}

// miss records a hire without an answer: the server is dead, and must be so because
// it was killed.
func (c *cut) miss(h hire, posts int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unanswered = append(c.unanswered, h)
	if n := len(c.acknowledged); n < c.at || n >= posts {
		return fmt.Errorf("no answer after %d acknowledged POSTs, expected one from %d to %d", n, c.at, posts-1)
	}
	return nil
}

// findAll reads everybody who was ever acknowledged.
func (t trial) findAll(w *world) error {
	_, err := w.crowd(t.connections, func(k *worker) error {
		for i := k.lane; i < len(w.staff); i += k.lanes {
			if err := k.readBack(w.staff[i], true); err != nil {
				return fmt.Errorf("LOST: acknowledged no. %d of %d: %w", i+1, len(w.staff), err)
			}
		}
		return nil
	})
	return err
}

// retry sends again what was not answered: it is created now (201), or it was then
// (409) and can be found.
func (t trial) retry(w *world, unanswered []hire) (created int, err error) {
	_, err = w.crowd(1, func(k *worker) error {
		for _, h := range unanswered {
			a, err := k.ask(http.MethodPost, "/Users", h.document(w.unit(h), ""))
			if err != nil {
				return err
			}
			if a.status == http.StatusConflict {
				err = k.known(h)
			} else {
				created++
				err = k.new(a, h)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return created, err
}

// new takes somebody into the staff who was created.
func (k *worker) new(a answer, h hire) error {
	if err := a.expect(http.StatusCreated, nil); err != nil {
		return err
	}
	e, err := acknowledged(a, h)
	k.made = append(k.made, e)
	return err
}

// known takes somebody into the staff who is there already, exactly once.
func (k *worker) known(h hire) error {
	a, err := k.ask(http.MethodGet, findPath(h), nil)
	if err := a.expect(http.StatusOK, err); err != nil {
		return err
	}
	u, err := only(a.body)
	if err != nil {
		return err
	}
	e := employee{h, u.ID}
	k.made = append(k.made, e)
	return e.is(encode(u), true)
}

// count asks how many there are: as many as were hired, and nobody else.
func (t trial) count(w *world) error {
	_, err := w.crowd(1, func(k *worker) error {
		a, err := k.ask(http.MethodGet, "/Users?count=0", nil)
		if err := a.expect(http.StatusOK, err); err != nil {
			return err
		}
		var all userList
		if err := json.Unmarshal(a.body, &all); err != nil {
			return err
		}
		if all.TotalResults != len(w.staff) {
			return fmt.Errorf("%d are there, %d were hired", all.TotalResults, len(w.staff))
		}
		return nil
	})
	return err
}
