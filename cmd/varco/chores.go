package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"varco/config"
	"varco/registry"
	"varco/store"
)

// configFlag adds the flag that names the configuration file.
func configFlag(flags *flag.FlagSet) *string {
	return flags.String("config", "", "the configuration file; without it the VARCO_ variables say everything")
}

// configured reads the flags of a command that takes no more than these, and the
// configuration.
func configured(flags *flag.FlagSet, path *string, args []string, std stdio) (config.Config, error) {
	if err := parse(flags, args, std, 0); err != nil {
		return config.Config{}, err
	}
	return config.Load(*path, std.environ)
}

// withRegistry opens the configured registry for the length of do.
func withRegistry(ctx context.Context, path string, std stdio, do func(*registry.Registry) error) error {
	cfg, err := config.Load(path, std.environ)
	if err != nil {
		return err
	}
	secret, err := cfg.Secret()
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, cfg.Database.Reveal())
	if err != nil {
		return err
	}
	defer st.Close()
	return do(registry.New(st, time.Now, secret))
}

func runCheckConfig(_ context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("check-config", flag.ContinueOnError)
	path := configFlag(flags)
	cfg, err := configured(flags, path, args, std)
	if err != nil {
		return err
	}
	if _, err := federationOf(cfg); err != nil {
		return err
	}
	fmt.Fprintln(std.out, "the configuration is good")
	return nil
}

func runMigrate(ctx context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("migrate", flag.ContinueOnError)
	path := configFlag(flags)
	cfg, err := configured(flags, path, args, std)
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx, cfg.Database.Reveal()); err != nil {
		return err
	}
	fmt.Fprintln(std.out, "the database is at this program's version")
	return nil
}

// companyFile is one company of the file that varco import reads.
type companyFile struct {
	FiscalCode string   `json:"fiscal_code"`
	Name       string   `json:"name"`
	VATNumber  string   `json:"vat_number"`
	Types      []string `json:"types"`
	Units      []struct {
		Code string `json:"code"`
		Name string `json:"name"`
	} `json:"units"`
	// Qualifications are the company's entries in the regional lists, from and until
	// YYYY-MM-DD; no until means no end.
	Qualifications []struct {
		Kind  string `json:"kind"`
		From  string `json:"from"`
		Until string `json:"until"`
	} `json:"qualifications"`
}

// qualifications reads the entries of the regional lists.
func (c companyFile) qualifications() ([]registry.Qualification, error) {
	var list []registry.Qualification
	for _, q := range c.Qualifications {
		from, err := registry.ParseDay(q.From)
		if err != nil {
			return nil, fmt.Errorf("qualifications: from %q must be a date YYYY-MM-DD", q.From)
		}
		entry := registry.Qualification{Kind: q.Kind, From: from.Start()}
		if q.Until != "" {
			until, err := registry.ParseDay(q.Until)
			if err != nil {
				return nil, fmt.Errorf("qualifications: until %q must be a date YYYY-MM-DD", q.Until)
			}
			entry.Until = until.End()
		}
		list = append(list, entry)
	}
	return list, nil
}

func runImport(ctx context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	path := configFlag(flags)
	if err := parse(flags, args, std, 1); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		fmt.Fprintln(std.err, "usage: varco import -config FILE COMPANIES.json")
		return errUsage
	}
	companies, err := readCompanies(flags.Arg(0))
	if err != nil {
		return err
	}
	return withRegistry(ctx, *path, std, func(reg *registry.Registry) error {
		return importCompanies(ctx, reg, companies, std.out)
	})
}

func readCompanies(path string) ([]companyFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var companies []companyFile
	d := json.NewDecoder(file)
	d.DisallowUnknownFields()
	if err := d.Decode(&companies); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if d.More() {
		return nil, fmt.Errorf("%s: something follows the list", path)
	}
	return companies, nil
}

// importCompanies registers those that are not there yet: a second run changes
// nothing. Each row is reported; a bad one does not stop the others.
func importCompanies(ctx context.Context, reg *registry.Registry, companies []companyFile, out io.Writer) error {
	refused := 0
	for _, c := range companies {
		outcome := "registered"
		if err := importCompany(ctx, reg, c); err != nil {
			outcome = told(err)
			if errors.Is(err, errThere) {
				outcome = "already there"
			} else {
				refused++
			}
		}
		fmt.Fprintf(out, "%s: %s\n", c.FiscalCode, outcome)
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d companies refused", refused, len(companies))
	}
	return nil
}

// told is what an error says to people: a refusal's own words, without the database's.
func told(err error) string {
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		return refusal.Msg
	}
	return err.Error()
}

// errThere says that the company is registered; any other conflict is a refused row.
var errThere = errors.New("already there")

func importCompany(ctx context.Context, reg *registry.Registry, c companyFile) error {
	code, err := registry.ParseCompanyCode(c.FiscalCode)
	if err != nil {
		return err
	}
	if _, err := reg.CompanyByCode(ctx, registry.SystemOperator, code); registry.KindOf(err) != registry.NotFound || err == nil {
		return cmp.Or(err, errThere)
	}
	qualifications, err := c.qualifications()
	if err != nil {
		return err
	}
	n := registry.NewCompany{FiscalCode: code, Name: c.Name, VATNumber: c.VATNumber, Types: c.Types, Qualifications: qualifications}
	for _, u := range c.Units {
		n.Units = append(n.Units, registry.NewUnit{Code: u.Code, Name: u.Name})
	}
	_, err = reg.RegisterCompany(ctx, registry.SystemOperator, n)
	return err
}

func runAudit(ctx context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	path := configFlag(flags)
	database := flags.String("database", "", "read this database instead of the configured one (sqlite:PATH or postgres://...)")
	company := flags.String("company", "", "only this company, by fiscal code")
	since := flags.Duration("since", 0, "only the last while, such as 24h")
	if err := parse(flags, args, std, 0); err != nil {
		return err
	}
	if *database == "" {
		cfg, err := config.Load(*path, std.environ)
		if err != nil {
			return err
		}
		*database = cfg.Database.Reveal()
	}
	st, err := store.Open(ctx, *database)
	if err != nil {
		return err
	}
	defer st.Close()
	// No token is read or made here, so any secret will do.
	reg := registry.New(st, time.Now, make([]byte, 32))
	q := registry.AuditQuery{Limit: 500}
	if *since > 0 {
		q.From = time.Now().Add(-*since)
	}
	if *company != "" {
		found, err := reg.CompanyByCode(ctx, registry.SystemOperator, registry.CompanyCode(strings.ToUpper(*company)))
		if err != nil {
			return err
		}
		q.Company = found.ID
	}
	return printTrail(ctx, reg, q, std.out)
}

// trailLine is an audit entry as it is printed.
type trailLine struct {
	ID      registry.AuditID  `json:"id"`
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor"`
	Act     registry.Act      `json:"act"`
	Outcome string            `json:"outcome"`
	Company string            `json:"company,omitempty"`
	Target  string            `json:"target,omitempty"`
	Person  registry.PersonID `json:"person,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Request string            `json:"request,omitempty"`
	Changes []trailChange     `json:"changes,omitempty"`
}

// trailChange is registry.Change as it is printed.
type trailChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

func lineOf(e registry.AuditEntry) trailLine {
	line := trailLine{
		ID: e.ID, At: e.At, Actor: e.Actor, Act: e.Act, Outcome: e.Outcome, Company: string(e.Company),
		Target: e.Target, Person: e.Person, Reason: e.Reason, Request: e.Request,
	}
	for _, c := range e.Changes {
		line.Changes = append(line.Changes, trailChange(c))
	}
	return line
}

func printTrail(ctx context.Context, reg *registry.Registry, q registry.AuditQuery, out io.Writer) error {
	lines := json.NewEncoder(out)
	for {
		entries, err := reg.Trail(ctx, registry.SystemOperator, q)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := lines.Encode(lineOf(e)); err != nil {
				return err
			}
		}
		if len(entries) < q.Limit {
			return nil
		}
		q.After = entries[len(entries)-1].ID
	}
}
