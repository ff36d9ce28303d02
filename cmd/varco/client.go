package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"varco/registry"
)

// clientLife is how long a token lives unless told otherwise.
const clientLife = 365 * 24 * time.Hour

func runClient(ctx context.Context, args []string, std stdio) error {
	verbs := map[string]func(context.Context, []string, stdio) error{
		"create": createClient, "list": listClients, "revoke": revokeClient,
	}
	if len(args) == 0 || verbs[args[0]] == nil {
		fmt.Fprintln(std.err, "usage: varco client create|list|revoke -config FILE ...")
		return errUsage
	}
	return verbs[args[0]](ctx, args[1:], std)
}

func createClient(ctx context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("client create", flag.ContinueOnError)
	path := configFlag(flags)
	company := flags.String("company", "", "fiscal code of the company")
	name := flags.String("name", "", "what the client is called in lists")
	scopes := flags.String("scopes", "read,users:write,units:write,entitlements:write", "comma-separated; admin-grant must be asked for")
	attestation := flags.String("attestation", "", "reference of the company's statement that whoever it provisions may process personal data")
	life := flags.Duration("life", clientLife, "how long the token lives")
	if err := parse(flags, args, std, 0); err != nil {
		return err
	}
	return withRegistry(ctx, *path, std, func(reg *registry.Registry) error {
		c, err := companyOf(ctx, reg, *company)
		if err != nil {
			return err
		}
		n := registry.NewClient{Company: c.ID, Name: *name, Attestation: *attestation, Lifetime: *life}
		for s := range strings.SplitSeq(*scopes, ",") {
			n.Scopes = append(n.Scopes, registry.Scope(strings.TrimSpace(s)))
		}
		made, token, err := reg.CreateClient(ctx, registry.SystemOperator, n)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "client  %s\nexpires %s\ntoken   %s\nThe token is shown this once; Varco keeps only a keyed hash of it.\n",
			made.ID, made.ExpiresAt.Format(time.RFC3339), token)
		return nil
	})
}

func listClients(ctx context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("client list", flag.ContinueOnError)
	path := configFlag(flags)
	company := flags.String("company", "", "fiscal code of the company")
	if err := parse(flags, args, std, 0); err != nil {
		return err
	}
	return withRegistry(ctx, *path, std, func(reg *registry.Registry) error {
		c, err := companyOf(ctx, reg, *company)
		if err != nil {
			return err
		}
		clients, err := reg.Clients(ctx, registry.SystemOperator, c.ID)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(std.out, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tSCOPES\tEXPIRES\tREVOKED")
		for _, c := range clients {
			fmt.Fprintf(table, "%s\t%s\t%v\t%s\t%s\n", c.ID, c.Name, c.Scopes, day(c.ExpiresAt), day(c.RevokedAt))
		}
		return table.Flush()
	})
}

func revokeClient(ctx context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("client revoke", flag.ContinueOnError)
	path := configFlag(flags)
	if err := parse(flags, args, std, 1); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		fmt.Fprintln(std.err, "usage: varco client revoke -config FILE CLIENT-ID")
		return errUsage
	}
	return withRegistry(ctx, *path, std, func(reg *registry.Registry) error {
		return reg.RevokeClient(ctx, registry.SystemOperator, registry.ClientID(flags.Arg(0)))
	})
}

func companyOf(ctx context.Context, reg *registry.Registry, code string) (registry.Company, error) {
	if code == "" {
		return registry.Company{}, errors.New("-company: the fiscal code of the company is required")
	}
	parsed, err := registry.ParseCompanyCode(code)
	if err != nil {
		return registry.Company{}, err
	}
	return reg.CompanyByCode(ctx, registry.SystemOperator, parsed)
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}
