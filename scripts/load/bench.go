package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

// bench measures Varco beside the floor.
type bench struct {
	varco       string // the program
	connections int
	fillers     int // connections that fill a world
	only        string
	few, many   phase
}

// phase is a comparison at one size of the worlds.
type phase struct {
	size   int // collaborators
	rounds int
	window time.Duration // of one measurement
}

func runBench(ctx context.Context, args []string) error {
	b := bench{}
	flags := flag.NewFlagSet("load bench", flag.ContinueOnError)
	flags.StringVar(&b.varco, "varco", "varco", "the program")
	flags.IntVar(&b.connections, "connections", 8, "connections, each without a pause")
	flags.StringVar(&b.only, "only", "", "measure only operations whose name holds this text")
	flags.IntVar(&b.fillers, "fillers", 16, "connections that fill the worlds")
	flags.IntVar(&b.many.size, "n", 10_000, "collaborators")
	flags.IntVar(&b.few.size, "few", 1_000, "collaborators of the small world, to see which cost grows")
	flags.IntVar(&b.many.rounds, "rounds", 24, "measurements of each operation on each server")
	flags.DurationVar(&b.many.window, "window", 120*time.Millisecond, "how long a measurement takes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if b.few.size < 2*(smallGroup+b.connections) || b.many.size < b.few.size {
		return fmt.Errorf("expected %d <= few <= n", 2*(smallGroup+b.connections))
	}
	b.few.rounds, b.few.window = (b.many.rounds+2)/3, b.many.window
	for _, engine := range flags.Args() {
		if err := b.engine(ctx, engine); err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
	}
	return nil
}

// engine measures on one engine and prints what it found.
func (b bench) engine(ctx context.Context, engine string) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	floor, err := open(ctx, engine, self, "floor")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, floor.close()) }()
	varco, err := open(ctx, engine, b.varco, "demo")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, varco.close()) }()

	idle, _, err := varco.process.resident()
	if err != nil {
		return err
	}
	few, err := b.compare(engine, floor, varco, b.few)
	if err != nil {
		return err
	}
	many, err := b.compare(engine, floor, varco, b.many)
	if err != nil {
		return err
	}
	fmt.Printf("\n## %s\n\n", engine)
	printRates(os.Stdout, b, engine, many)
	printRelations(os.Stdout, many)
	printGrowth(os.Stdout, few, many)
	return errors.Join(few.failure(), many.failure(), b.rest(varco, idle))
}

// rest is what is measured of Varco alone.
func (b bench) rest(varco *world, idle int) error {
	if b.only != "" {
		return nil
	}
	err := errors.Join(compareBulk(os.Stdout, varco), printRefusals(os.Stdout, varco, b.connections))
	now, most, memory := varco.process.resident()
	fmt.Printf("\nResident memory: %d MiB after the start (mark 40: %s), %d MiB now, %d MiB at most (mark 150: %s).\n",
		idle, met(idle <= 40), now, most, met(most <= 150))
	return errors.Join(err, memory)
}

// open starts a server on a new site.
func open(ctx context.Context, engine, program, subcommand string) (*world, error) {
	s, err := newSite(ctx, engine)
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	p, err := start(ctx, s, program, subcommand)
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	w := &world{process: p, site: s}
	return w, errors.Join(w.read(), w.found())
}

func (w *world) close() error { return errors.Join(w.process.stop(), w.site.remove()) }

// comparison is what a phase found.
type comparison struct {
	from, to int // the size of Varco's world, at the start and at the end
	rows     []result
}

// result is an operation on both servers. After an error there is nothing to trust.
type result struct {
	operation
	floor, varco series
	err          error
}

// compare fills both worlds and measures each operation on one and the other in
// turn, so that a slow moment of the machine meets both. Many short rounds tell more
// than a few long ones.
func (b bench) compare(engine string, floor, varco *world, p phase) (comparison, error) {
	for _, w := range []*world{floor, varco} {
		if err := w.fill(b.fillers, p.size); err != nil {
			return comparison{}, fmt.Errorf("filling: %w", err)
		}
	}
	c := comparison{from: len(varco.staff)}
	for _, op := range operations {
		if !strings.Contains(op.name, b.only) || op.engine != "" && op.engine != engine {
			continue
		}
		if op.cursors && !varco.offers.Pagination.Cursor {
			fmt.Fprintf(os.Stderr, "%s: Varco offers no cursors\n", op.name)
			continue
		}
		r := result{operation: op}
		for range p.rounds {
			r.measure(floor, varco, cmp.Or(op.lanes, b.connections), p)
		}
		c.rows = append(c.rows, r)
	}
	c.to = len(varco.staff)
	return c, nil
}

// fill makes a world as large as a phase needs it.
func (w *world) fill(lanes, size int) error {
	begun, before := time.Now(), len(w.staff)
	if err := w.grow(lanes, size); err != nil {
		return err
	}
	if before == 0 {
		if err := w.settle(); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "filled from %d to %d in %.1f s\n", before, len(w.staff), time.Since(begun).Seconds())
	if w.offers.Pagination.Cursor {
		return w.walk()
	}
	return nil
}

// measure adds a round, after which no world is more than twice as large as the
// operation found it. After an error there is nothing left to find out.
func (r *result) measure(floor, varco *world, lanes int, p phase) {
	if r.err != nil {
		return
	}
	e := extent{window: p.window, most: 1_000_000}
	if r.adds {
		e.most = p.size / p.rounds
	}
	theirs, errFloor := floor.measure(r.operation, lanes, e)
	ours, errVarco := varco.measure(r.operation, lanes, e)
	r.floor, r.varco = append(r.floor, theirs), append(r.varco, ours)
	r.err = errors.Join(errFloor, errVarco)
}

func (c comparison) failure() error {
	var errs []error
	for _, r := range c.rows {
		if r.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.name, r.err))
		}
	}
	return errors.Join(errs...)
}
