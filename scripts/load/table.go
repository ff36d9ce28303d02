package main

import (
	"fmt"
	"io"
	"time"
)

// level is the least share of the small world's figure that the large world must
// keep for a cost to count as flat: noise stays above, a scan falls far below.
const level = 1 / 1.3

func printRates(w io.Writer, b bench, engine string, c comparison) {
	fmt.Fprintf(w, "%d collaborators (%d after the POSTs), %d connections, %d rounds of %v in turn; rates are requests a second (median of the rounds), times are ms.\n\n",
		c.from, c.to, b.connections, b.many.rounds, b.many.window)
	fmt.Fprintln(w, "| operation | floor/s | p50 | p99 | varco/s | p50 | p99 | varco/floor | mark |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|")
	for _, r := range c.rows {
		if r.err != nil {
			fmt.Fprintf(w, "| %s | FAILED | | | | | | | |\n", r.name)
			continue
		}
		share := r.varco.against(r.floor)
		fmt.Fprintf(w, "| %s | %s | %s | %.2f | %s |\n", r.name, figures(r.floor), figures(r.varco), share, r.verdict(engine, share))
	}
}

func figures(s series) string {
	return fmt.Sprintf("%.0f | %s | %s", s.rate(), ms(s.quantile(0.5)), ms(s.quantile(0.99)))
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond)) }

func (o operation) verdict(engine string, share float64) string {
	if engine != "postgres" && o.engine != engine {
		return "none"
	}
	return fmt.Sprintf("%.2f %s", o.mark, met(share >= o.mark))
}

// printRelations compares rows of which one must not cost much more than the other.
func printRelations(w io.Writer, c comparison) {
	for _, pair := range []struct {
		dear, cheap string
		most        float64
	}{{lastPage, firstPage, 1.2}, {addToLarge, addToSmall, 1.3}} {
		dear, cheap := c.row(pair.dear), c.row(pair.cheap)
		if len(dear) == 0 || len(cheap) == 0 {
			continue
		}
		cost := cheap.rate() / dear.rate()
		fmt.Fprintf(w, "\n%s costs %.2f times %s (mark %.1f: %s).\n", pair.dear, cost, pair.cheap, pair.most, met(cost <= pair.most))
	}
}

// row is what was found of an operation on Varco; nothing where it failed.
func (c comparison) row(name string) series {
	for _, r := range c.rows {
		if r.name == name && r.err == nil {
			return r.varco
		}
	}
	return nil
}

// printGrowth shows each operation's cost in a small and in a large world. The
// floor, whose cost does not grow, takes the machine's moods out of it.
func printGrowth(w io.Writer, few, many comparison) {
	fmt.Fprintf(w, "\nDoes a cost grow? At %d collaborators (%d after the POSTs), then at %d (%d).\n\n", few.from, few.to, many.from, many.to)
	fmt.Fprintln(w, "| operation | p50 few | p50 many | varco/floor few | varco/floor many | many/few | cost |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	for i, small := range few.rows {
		large := many.rows[i]
		if small.err != nil || large.err != nil {
			fmt.Fprintf(w, "| %s | FAILED | | | | | |\n", small.name)
			continue
		}
		before, after := small.varco.against(small.floor), large.varco.against(large.floor)
		verdict := "flat"
		if after < level*before {
			verdict = "GROWS"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %.2f | %.2f | %.2f | %s |\n", small.name,
			ms(small.varco.quantile(0.5)), ms(large.varco.quantile(0.5)), before, after, after/before, verdict)
	}
}
