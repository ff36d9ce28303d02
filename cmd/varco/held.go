package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"varco/registry"
)

// runHeld shows and judges the ends of employment that the guard holds.
func runHeld(ctx context.Context, args []string, std stdio) error {
	verbs := map[string]func(context.Context, *registry.Registry, registry.CompanyID, io.Writer) error{
		"list": listHeld, "confirm": confirmHeld, "dismiss": dismissHeld,
	}
	if len(args) == 0 || verbs[args[0]] == nil {
		fmt.Fprintln(std.err, "usage: varco held list|confirm|dismiss -config FILE -company CODE")
		return errUsage
	}
	flags := flag.NewFlagSet("held "+args[0], flag.ContinueOnError)
	path := configFlag(flags)
	company := flags.String("company", "", "fiscal code of the company")
	if err := parse(flags, args[1:], std, 0); err != nil {
		return err
	}
	return withRegistry(ctx, *path, std, func(reg *registry.Registry) error {
		c, err := companyOf(ctx, reg, *company)
		if err != nil {
			return err
		}
		return verbs[args[0]](ctx, reg, c.ID, std.out)
	})
}

func listHeld(ctx context.Context, reg *registry.Registry, company registry.CompanyID, out io.Writer) error {
	holds, err := reg.Held(ctx, registry.SystemOperator, company)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "COLLABORATOR\tACT\tREASON\tCLIENT\tREQUESTED\tEFFECTIVE UNCONFIRMED FROM")
	for _, h := range holds {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", h.CollaboratorID, h.Act, h.Reason, h.Client,
			h.RequestedAt.Format(time.RFC3339), h.EffectiveAt.In(registry.Rome).Format(time.RFC3339))
	}
	return table.Flush()
}

func confirmHeld(ctx context.Context, reg *registry.Registry, company registry.CompanyID, out io.Writer) error {
	n, err := reg.ConfirmHeld(ctx, registry.SystemOperator, company)
	fmt.Fprintf(out, "%d employments ended; for an hour nothing of this company is held\n", n)
	return err
}

func dismissHeld(ctx context.Context, reg *registry.Registry, company registry.CompanyID, out io.Writer) error {
	n, err := reg.DismissHeld(ctx, registry.SystemOperator, company)
	fmt.Fprintf(out, "%d held ends dismissed: the employments go on\n", n)
	return err
}
