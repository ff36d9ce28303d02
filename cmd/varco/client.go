package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"varco/registry"
	"varco/scim"
)

// clientLife is how long a token lives unless told otherwise.
const clientLife = 365 * 24 * time.Hour

func runClient(ctx context.Context, args []string, std stdio) error {
	verbs := map[string]func(context.Context, []string, stdio) error{
		"create": createClient, "list": listClients, "rotate": rotateClient, "revoke": revokeClient,
	}
	if len(args) == 0 || verbs[args[0]] == nil {
		fmt.Fprintln(std.err, "usage: varco client create|list|rotate|revoke -config FILE ...")
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
	var n registry.NewClient
	flags.DurationVar(&n.Lifetime, "life", clientLife, "how long the client, and its token, live")
	flags.StringVar(&n.Unit, "unit", "", "code of the one unit it is narrowed to")
	flags.BoolVar(&n.Agency, "agency", false, "reads every company, for the agency; instead of -company, with -scopes read")
	flags.BoolVar(&n.Strict, "strict", false, "refuse the forms that senders use beside RFC 7644")
	flags.BoolVar(&n.ProfileGroups, "profile-groups", false, "show each profile as a group, for senders that know groups only")
	flags.IntVar(&n.Quota.PerSecond, "rate", 0, "requests a second; 0: as configured")
	flags.IntVar(&n.Quota.Burst, "burst", 0, "requests at once after a pause; 0: as configured")
	proof := proofFlags(flags, &n.Proof)
	if err := parse(flags, args, std, 0); err != nil {
		return err
	}
	if err := proof(); err != nil {
		return err
	}
	return withRegistry(ctx, *path, std, func(reg *registry.Registry) error {
		if !n.Agency {
			c, err := companyOf(ctx, reg, *company)
			if err != nil {
				return err
			}
			n.Company = c.ID
		}
		n.Name, n.Attestation = *name, *attestation
		for s := range strings.SplitSeq(*scopes, ",") {
			n.Scopes = append(n.Scopes, registry.Scope(strings.TrimSpace(s)))
		}
		made, token, err := reg.CreateClient(ctx, registry.SystemOperator, n)
		if err != nil {
			return err
		}
		showClient(std, made, token)
		return nil
	})
}

func showClient(std stdio, c registry.Client, token string) {
	fmt.Fprintf(std.out, "client  %s\nexpires %s\n", c.ID, c.ExpiresAt.Format(time.RFC3339))
	if token == "" {
		fmt.Fprintf(std.out, "It has keys and no secret: it gets its access tokens at %s by a signed assertion.\n", scim.TokenPath)
		return
	}
	fmt.Fprintf(std.out, "token   %s\nThe token is shown this once; Varco keeps only a keyed hash of it.\n"+
		"It is a bearer token as it stands, and the client_secret of this client_id at %s.\n", token, scim.TokenPath)
}

// proofFlags are the flags for how a client proves itself. What they return checks
// and takes them over, once parsed.
func proofFlags(flags *flag.FlagSet, p *registry.Proof) func() error {
	flags.StringVar(&p.KeyURL, "jwks-url", "", "https address of the JSON Web Key Set that its assertions are signed with")
	flags.StringVar(&p.Issuer, "issuer", "", "issuer of its assertions, where it is a workload of another identity provider, such as Entra ID")
	flags.StringVar(&p.Subject, "subject", "", "subject of those assertions")
	flags.StringVar(&p.Audience, "audience", "", "audience of those assertions")
	keys := flags.String("jwks", "", "file with that key set, instead of -jwks-url")
	certificate := flags.String("certificate", "", "SHA-256, in hexadecimal, of the one TLS certificate it may come with")
	networks := flags.String("networks", "", "comma-separated networks it may come from, such as 192.0.2.0/24")
	return func() error {
		if *keys != "" {
			data, err := os.ReadFile(*keys)
			if err != nil {
				return err
			}
			if _, err := scim.ParseKeys(data); err != nil {
				return fmt.Errorf("-jwks: %w", err)
			}
			p.Keys = string(data)
		}
		var err error
		if p.Certificate, err = hex.DecodeString(*certificate); err != nil {
			return errors.New("-certificate: not hexadecimal")
		}
		for _, n := range strings.FieldsFunc(*networks, func(r rune) bool { return r == ',' }) {
			network, err := netip.ParsePrefix(n)
			if err != nil {
				return fmt.Errorf("-networks: %w", err)
			}
			p.Networks = append(p.Networks, network)
		}
		return nil
	}
}

func rotateClient(ctx context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("client rotate", flag.ContinueOnError)
	path := configFlag(flags)
	overlap := flags.Duration("overlap", 24*time.Hour, "how long the old token lives beside the new one; 0s: no longer")
	life := flags.Duration("life", clientLife, "how long the new token lives")
	if err := parse(flags, args, std, 1); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		fmt.Fprintln(std.err, "usage: varco client rotate -config FILE [-overlap 24h] CLIENT-ID")
		return errUsage
	}
	return withRegistry(ctx, *path, std, func(reg *registry.Registry) error {
		c, token, err := reg.RotateClient(ctx, registry.SystemOperator, registry.ClientID(flags.Arg(0)), *overlap, *life)
		if err != nil {
			return err
		}
		showClient(std, c, token)
		return nil
	})
}

func listClients(ctx context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("client list", flag.ContinueOnError)
	path := configFlag(flags)
	company := flags.String("company", "", "fiscal code of the company")
	agency := flags.Bool("agency", false, "the agency's clients instead")
	if err := parse(flags, args, std, 0); err != nil {
		return err
	}
	return withRegistry(ctx, *path, std, func(reg *registry.Registry) error {
		var c registry.Company
		var err error
		if !*agency {
			if c, err = companyOf(ctx, reg, *company); err != nil {
				return err
			}
		}
		clients, err := reg.Clients(ctx, registry.SystemOperator, c.ID)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(std.out, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tUNIT\tSCOPES\tTOKENS\tEXPIRES\tREVOKED")
		for _, c := range clients {
			fmt.Fprintf(table, "%s\t%s\t%s\t%v\t%d\t%s\t%s\n", c.ID, c.Name, cmp.Or(c.UnitCode, "-"), c.Scopes, len(c.Secrets), day(c.ExpiresAt), day(c.RevokedAt))
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
