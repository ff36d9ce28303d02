package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"varco/cmd/varco/demo"
	"varco/registry"
	"varco/saml"
	"varco/saml/samltest"
	"varco/store"
)

// demoFlags are the flags of varco demo. Scripts outside the project use them.
type demoFlags struct {
	addr, data, database, ready string
	providers                   []string
	sweep                       time.Duration
	guard                       bool
}

func parseDemo(args []string, std stdio) (demoFlags, error) {
	var f demoFlags
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "where to listen; port 0 takes a free one")
	flags.StringVar(&f.data, "data", "", "keep the world in this folder; without it everything is gone at the end")
	flags.StringVar(&f.database, "database", "", "a database instead of a file in the data folder (postgres://...)")
	flags.StringVar(&f.ready, "ready", "", "write this file once everything listens")
	flags.DurationVar(&f.sweep, "sweep", time.Second, "time between two sweeps; 0s switches the sweep off")
	flags.BoolVar(&f.guard, "guard", false, "hold ends of employment that come in a crowd, as varco serve does; off, because load is put on the demo")
	flags.Func("idp-metadata", "metadata of one more identity provider to trust; may be given again", func(s string) error {
		f.providers = append(f.providers, s)
		return nil
	})
	return f, parse(flags, args, std, 0)
}

func (f demoFlags) guardOf() registry.Guard {
	guard := registry.DefaultGuard
	guard.Off = !f.guard
	return guard
}

func runDemo(ctx context.Context, args []string, std stdio) error {
	f, err := parseDemo(args, std)
	if err != nil {
		return err
	}
	if f.data == "" {
		if f.data, err = os.MkdirTemp("", "varco-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(f.data)
	} else if err := os.MkdirAll(f.data, 0o700); err != nil {
		return err
	}
	if f.database == "" {
		f.database = "sqlite:" + filepath.Join(f.data, "varco.db")
	}
	listener, err := net.Listen("tcp", f.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	st, err := store.Open(ctx, f.database, store.Migrating())
	if err != nil {
		return err
	}
	defer st.Close()
	return playDemo(ctx, f, listener, st, std)
}

// playDemo joins the program with its sample world and serves it.
func playDemo(ctx context.Context, f demoFlags, listener net.Listener, st *store.Store, std stdio) error {
	clock, err := demo.NewClock(filepath.Join(f.data, "clock"))
	if err != nil {
		return err
	}
	baseURL, err := loopbackURL(listener.Addr())
	if err != nil {
		return err
	}
	stage, err := buildStage(f, baseURL, clock.Now)
	if err != nil {
		return err
	}
	secret, err := kept(filepath.Join(f.data, "secret"), func() ([]byte, error) { return []byte(rand.Text() + rand.Text()), nil })
	if err != nil {
		return err
	}
	a, err := join(parts{
		name: "Varco dimostrativo", baseURL: baseURL, store: st, now: clock.Now, secret: secret, saml: stage.saml, sweep: f.sweep, guard: f.guardOf(),
		log: slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
		extra: map[string]http.Handler{
			demo.IDPPath + "/": stage.provider, demo.AppPath + "/": stage.application, demo.ClockPath: clock,
		},
	})
	if err != nil {
		return err
	}
	world, err := demo.Populate(ctx, a.reg, stage.provider.EntityID())
	if err != nil {
		return err
	}
	ready := world.Ready(baseURL)
	serving, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- a.run(serving, listener, "", "") }()
	if f.ready != "" {
		if err := ready.Write(f.ready); err != nil {
			cancel()
			return errors.Join(err, <-ended)
		}
	}
	if err := ready.Welcome(std.out, f.database); err != nil {
		cancel()
		return errors.Join(err, <-ended)
	}
	return <-ended
}

// loopbackURL is where browsers of this machine reach the listener: the demo speaks
// plain http, which identity providers and browsers accept here only.
func loopbackURL(addr net.Addr) (string, error) {
	tcp, ok := addr.(*net.TCPAddr)
	switch {
	case ok && tcp.IP.IsLoopback():
		return "http://" + addr.String(), nil
	case ok && tcp.IP.IsUnspecified():
		return fmt.Sprintf("http://127.0.0.1:%d", tcp.Port), nil
	default:
		return "", fmt.Errorf("-addr: %s is not an address of this machine alone, such as 127.0.0.1:8080", addr)
	}
}

// stage is the part of the sample world that speaks SAML.
type stage struct {
	provider    *samltest.Provider
	application *samltest.Application
	saml        saml.Config
}

// buildStage introduces the test provider, Varco and the sample application to each other.
func buildStage(f demoFlags, baseURL string, now func() time.Time) (stage, error) {
	s := stage{saml: saml.Config{
		BaseURL: baseURL, EntityID: baseURL, MinLevel: saml.Level2, WantSigned: true,
		Body: saml.Body{Name: "Agenzia dimostrativa", URL: baseURL, Service: "Varco dimostrativo", IPACode: "demo", Email: "demo@example.org"},
	}}
	err := s.makeKey(filepath.Join(f.data, "saml.pem"), now())
	if err != nil {
		return s, err
	}
	var people []samltest.Person
	for _, p := range demo.People() {
		people = append(people, samltest.Person{FiscalCode: p.FiscalCode, Name: p.GivenName, FamilyName: p.FamilyName})
	}
	if s.provider, err = samltest.NewProvider(baseURL+demo.IDPPath, people, now); err != nil {
		return s, err
	}
	if s.application, err = samltest.NewApplication(baseURL+demo.AppPath, now); err != nil {
		return s, err
	}
	if err := s.trustProviders(f.providers); err != nil {
		return s, err
	}
	return s, s.introduce(baseURL)
}

func (s *stage) makeKey(path string, now time.Time) error {
	pem, err := kept(path, func() ([]byte, error) {
		pair, err := saml.GenerateKeyPair(saml.Holder{EntityID: s.saml.EntityID, Name: s.saml.Body.Name, IPACode: s.saml.Body.IPACode}, 2048, now)
		if err != nil {
			return nil, err
		}
		return pair.PEM()
	})
	if err != nil {
		return err
	}
	s.saml.SPKey, err = saml.ParseKeyPair(pem)
	s.saml.IdPKey = s.saml.SPKey
	return err
}

// trustProviders makes Varco trust the test provider and those of the files.
func (s *stage) trustProviders(files []string) error {
	metadata, err := s.provider.Metadata()
	if err != nil {
		return err
	}
	if s.saml.Providers, err = saml.ParseProviders(metadata); err != nil {
		return err
	}
	for _, file := range files {
		more, err := providersOf(file)
		if err != nil {
			return fmt.Errorf("-idp-metadata: %w", err)
		}
		s.saml.Providers = append(s.saml.Providers, more...)
	}
	return nil
}

// introduce lets the provider and the application know Varco, and Varco the application.
func (s *stage) introduce(baseURL string) error {
	metadata, err := s.application.Metadata()
	if err != nil {
		return err
	}
	applications, err := saml.ParseApplications(metadata)
	if err != nil {
		return err
	}
	for _, a := range applications {
		s.saml.Applications = append(s.saml.Applications, saml.Registered{Application: a, Profiles: everyProfile()})
	}
	if metadata, err = s.saml.ServiceProvider().Metadata(); err != nil {
		return err
	}
	if err := s.provider.Trust(metadata); err != nil {
		return err
	}
	if metadata, err = s.saml.Issuer().Metadata(); err != nil {
		return err
	}
	return s.application.Connect(metadata, baseURL+"/saml/session")
}

// kept reads a file, making its content first where there is none.
func kept(path string, produce func() ([]byte, error)) ([]byte, error) {
	content, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return content, err
	}
	if content, err = produce(); err != nil {
		return nil, err
	}
	return content, os.WriteFile(path, content, 0o600)
}
