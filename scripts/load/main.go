// Command load puts SCIM load on varco demo, for scripts/bench and scripts/durable.
// It talks to loopback addresses only.
//
//	load bench [flags] ENGINE...    Varco beside the floor, as Markdown tables
//	load durable [flags] ENGINE...  kill -9 in the middle of many POSTs
//	load floor [flags]              serves the floor; the bench starts it itself
//
// An ENGINE is sqlite, or postgres: the server that VARCO_TEST_POSTGRES names, on
// databases made for the run.
//
// It imports registry, for the check character of made-up fiscal codes, and the two
// database drivers, for the floor. Start reading at bench.go; operation.go is what
// is measured, measure.go how, floor.go against what.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

var commands = map[string]func(ctx context.Context, args []string) error{
	"bench": runBench, "durable": runDurable, "floor": runFloor,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("usage: load bench|durable|floor [flags] [ENGINE]")
	}
	return commands[args[0]](ctx, args[1:])
}
