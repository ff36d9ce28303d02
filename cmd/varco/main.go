// Command varco serves the registry of who may act for which company, and runs
// its chores. This package parses, wires, runs and stops; every rule is elsewhere.
//
// Start reading at [run], then app.go, where the rooms are joined.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// collectAt is the growth of the heap, in percent, at which garbage is collected,
// unless GOGC says otherwise. The live heap is some ten megabytes: collecting at each
// doubling of so little costs more than the memory it saves.
const collectAt = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], stdio{os.Stdout, os.Stderr, os.Environ()}))
}

// stdio is what a command sees of the world besides its arguments.
type stdio struct {
	out, err io.Writer
	environ  []string
}

type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, std stdio) error
}

var commands = []command{
	{"demo", "try Varco with a sample world on SQLite, nothing to configure", runDemo},
	{"serve", "run for real: varco serve -config FILE", runServe},
	{"migrate", "bring the database to this program's version", runMigrate},
	{"import", "register companies from a JSON file", runImport},
	{"client", "create, list and revoke SCIM clients of a company", runClient},
	{"held", "list, confirm and dismiss ends of employment held because they came in a crowd", runHeld},
	{"audit", "print the audit trail as JSON lines, verifying each entry", runAudit},
	{"check-config", "say what is wrong with a configuration, or that nothing is", runCheckConfig},
	{"openapi", "print the OpenAPI description of the SCIM service, with its JSON Schemas", runOpenAPI},
	{"metadata", "print the SAML metadata for identity providers or applications", runMetadata},
}

// errUsage is a wrong call that was already explained.
var errUsage = errors.New("usage")

// run executes one subcommand and returns the process's exit code: 0, 1 after a
// failure, 2 after a wrong call.
func run(ctx context.Context, args []string, std stdio) int {
	if len(args) == 0 {
		usage(std.err)
		return 2
	}
	for _, c := range commands {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, args[1:], std)
		switch {
		case err == nil:
			return 0
		case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
			return 2
		default:
			fmt.Fprintf(std.err, "varco %s: %v\n", c.name, err)
			return 1
		}
	}
	usage(std.err)
	return 2
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: varco COMMAND [flags]   (varco COMMAND -h tells the flags)")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-13s %s\n", c.name, c.summary)
	}
}

// parse reads flags and refuses left-over arguments beyond those allowed.
func parse(flags *flag.FlagSet, args []string, std stdio, positional int) error {
	flags.SetOutput(std.err)
	if err := flags.Parse(args); err != nil {
		return errUsage
	}
	if flags.NArg() > positional {
		fmt.Fprintf(std.err, "unexpected argument %q\n", flags.Arg(positional))
		return errUsage
	}
	return nil
}
