package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"

	"varco/config"
	"varco/registry"
	"varco/saml"
	"varco/store"
	"varco/web"
)

func runServe(ctx context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	path := configFlag(flags)
	cfg, err := configured(flags, path, args, std)
	if err != nil {
		return err
	}
	federation, err := federationOf(cfg)
	if err != nil {
		return err
	}
	secret, err := cfg.Secret()
	if err != nil {
		return err
	}
	log := logger(cfg.Log, std.err)
	st, err := store.Open(ctx, cfg.Database.Reveal(), store.Migrating())
	if err != nil {
		return err
	}
	defer st.Close()
	a, err := join(parts{
		name: cfg.ServiceName, baseURL: cfg.BaseURL, store: st, now: time.Now, secret: secret, saml: federation,
		peers: peersOf(cfg), limits: limitsOf(cfg.Limits), maxBody: int64(cfg.Limits.BodyBytes), sweep: time.Duration(cfg.SweepInterval), log: log,
		guard: registry.Guard(cfg.SCIM.Guard),
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return err
	}
	log.Info("serving", "listen", listener.Addr().String(), "base_url", cfg.BaseURL, "database", cfg.Database)
	return a.run(ctx, listener, string(cfg.TLS.CertificateFile), string(cfg.TLS.KeyFile))
}

func peersOf(cfg config.Config) peers {
	p := peers{
		header: cfg.Proxies.CertificateHeader, certificates: cfg.TLS.ClientCertificates,
		quota: registry.Quota{PerSecond: cfg.SCIM.PerSecond, Burst: cfg.SCIM.Burst},
	}
	for _, a := range cfg.Proxies.Addresses {
		p.proxies = append(p.proxies, netip.MustParsePrefix(a)) // validated by config
	}
	return p
}

func limitsOf(l config.Limits) web.Limits {
	return web.Limits{
		HeaderBytes: l.HeaderBytes, ReadHeader: time.Duration(l.ReadHeader), Read: time.Duration(l.Read),
		Write: time.Duration(l.Write), Idle: time.Duration(l.Idle),
	}
}

func logger(l config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // validated by config
	options := &slog.HandlerOptions{Level: level}
	if l.Format == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// federationOf reads the files that the federation's part of the configuration names.
func federationOf(cfg config.Config) (saml.Config, error) {
	c := saml.Config{
		BaseURL: cfg.BaseURL, EntityID: cfg.SPID.EntityID, MinLevel: saml.Level2, WantSigned: true,
		Body: saml.Body{
			Name: cfg.SPID.Organization.Name, DisplayName: cfg.SPID.Organization.DisplayName, URL: cfg.SPID.Organization.URL, Service: cfg.ServiceName,
			IPACode: cfg.SPID.Contact.IPACode, FiscalCode: cfg.SPID.Contact.FiscalCode,
			Email: cfg.SPID.Contact.Email, Phone: cfg.SPID.Contact.Telephone,
		},
	}
	var err error
	if c.SPKey, err = keyPairOf(cfg.SPID); err != nil {
		return c, err
	}
	c.IdPKey = c.SPKey
	for i, file := range cfg.SPID.IdPs {
		providers, err := providersOf(string(file))
		if err != nil {
			return c, fmt.Errorf("spid.idps[%d]: %w", i, err)
		}
		c.Providers = append(c.Providers, providers...)
	}
	for i, a := range cfg.Applications {
		applications, err := applicationsOf(a)
		if err != nil {
			return c, fmt.Errorf("applications[%d]: %w", i, err)
		}
		c.Applications = append(c.Applications, applications...)
	}
	return c, nil
}

func keyPairOf(spid config.SPID) (saml.KeyPair, error) {
	var pem []byte
	for key, file := range map[string]config.File{"spid.certificate_file": spid.CertificateFile, "spid.key_file": spid.KeyFile} {
		content, err := os.ReadFile(string(file))
		if err != nil {
			return saml.KeyPair{}, fmt.Errorf("%s: %w", key, err)
		}
		pem = append(append(pem, content...), '\n')
	}
	pair, err := saml.ParseKeyPair(pem)
	if err != nil {
		return saml.KeyPair{}, fmt.Errorf("spid.key_file: %w", err)
	}
	return pair, nil
}

func providersOf(path string) ([]saml.Provider, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	providers, err := saml.ParseProviders(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return providers, nil
}

func applicationsOf(a config.Application) ([]saml.Registered, error) {
	content, err := os.ReadFile(string(a.Metadata))
	if err != nil {
		return nil, err
	}
	described, err := saml.ParseApplications(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Metadata, err)
	}
	profiles, err := profilesOf(a.Profiles)
	if err != nil {
		return nil, err
	}
	var registered []saml.Registered
	for _, d := range described {
		d.Name = a.Name
		registered = append(registered, saml.Registered{Application: d, Profiles: profiles})
	}
	return registered, nil
}

// profilesOf reads the profiles an application may learn of; "*" is all of them.
func profilesOf(codes []string) ([]registry.ProfileCode, error) {
	var profiles []registry.ProfileCode
	for _, code := range codes {
		if code == "*" {
			return everyProfile(), nil
		}
		if _, err := registry.ProfileByCode(registry.ProfileCode(code)); err != nil {
			return nil, fmt.Errorf("profiles: %w", err)
		}
		profiles = append(profiles, registry.ProfileCode(code))
	}
	return profiles, nil
}

func everyProfile() []registry.ProfileCode {
	var all []registry.ProfileCode
	for _, p := range registry.Profiles() {
		all = append(all, p.Code)
	}
	return all
}

func runMetadata(_ context.Context, args []string, std stdio) error {
	flags := flag.NewFlagSet("metadata", flag.ContinueOnError)
	path := configFlag(flags)
	whom := flags.String("for", "spid", "whom the metadata are for: spid or applications")
	cfg, err := configured(flags, path, args, std)
	if err != nil {
		return err
	}
	federation, err := federationOf(cfg)
	if err != nil {
		return err
	}
	describe := federation.ServiceProvider().Metadata
	switch *whom {
	case "spid":
	case "applications":
		describe = federation.Issuer().Metadata
	default:
		return fmt.Errorf("-for: %q is neither spid nor applications", *whom)
	}
	metadata, err := describe()
	if err != nil {
		return err
	}
	_, err = std.out.Write(metadata)
	return err
}
