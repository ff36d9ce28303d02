package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"varco/notify"
	"varco/registry"
	"varco/saml"
	"varco/scim"
	"varco/store"
	"varco/web"
)

// How long running requests may take to finish when the program is told to stop.
const gracePeriod = 15 * time.Second

// outboxEvery is the time between two looks into the outbox.
const outboxEvery = time.Second

// parts are what the rooms are joined from; serve and demo differ only in these.
type parts struct {
	name    string // of the service, on every page
	baseURL string
	store   *store.Store
	now     func() time.Time
	secret  []byte
	saml    saml.Config // without the pairwise key, which comes from the secret
	peers   peers       // whom the connections come from
	limits  web.Limits
	maxBody int64
	sweep   time.Duration // between two sweeps; 0: never
	guard   registry.Guard
	log     *slog.Logger
	extra   map[string]http.Handler // further routes, by ServeMux pattern
}

// peers says what is believed of whom a request to SCIM comes from, and what it may ask.
type peers struct {
	proxies      []netip.Prefix
	header       string // of a proxy, with the client's certificate
	certificates bool   // ask clients for theirs
	quota        registry.Quota
}

// app is the rooms joined into one program.
type app struct {
	parts
	reg    *registry.Registry
	server *http.Server

	provisioning *scim.Handler
}

// join makes the program of its parts.
func join(p parts) (*app, error) {
	a := &app{parts: p, reg: registry.New(p.store, p.now, p.secret)}
	a.reg.SetGuard(p.guard)
	pages := web.NewPages(p.name, p.baseURL)
	mux, err := a.routes(pages)
	if err != nil {
		return nil, err
	}
	handler, err := web.NewEdge(web.Edge{
		Pages: pages, Log: p.log, Now: time.Now, BaseURL: p.baseURL, MaxBody: p.maxBody, Larger: map[string]int64{"/scim/v2" + scim.BulkPath: scim.MaxBulkBytes}, CrossSite: saml.CrossSitePosts(),
	}, mux)
	if err != nil {
		return nil, err
	}
	a.server = web.NewServer("", handler, p.limits, p.log)
	if p.peers.certificates {
		// Asked for, not required and not checked against an authority: a client is bound to one certificate, and the
		// handshake proves that it holds the key (RFC 8705 §3).
		a.server.TLSConfig = &tls.Config{ClientAuth: tls.RequestClientCert}
	}
	return a, nil
}

// routes hangs every room on one mux.
func (a *app) routes(pages *web.Pages) (*http.ServeMux, error) {
	var err error
	a.saml.PairwiseKey, err = hkdf.Key(sha256.New, a.secret, nil, "varco pairwise names", 32)
	if err != nil {
		return nil, err
	}
	federation, err := saml.New(a.saml, a.reg, pages, a.log, web.RequestID)
	if err != nil {
		return nil, err
	}
	a.provisioning, err = scim.New(a.reg, scim.Config{
		BaseURL: a.baseURL + "/scim/v2", Secret: a.secret, Log: a.log, Quota: a.peers.quota,
		Proxies: a.peers.proxies, CertificateHeader: a.peers.header, ClientCertificates: a.peers.certificates || a.peers.header != "",
		RequestID: func(r *http.Request) string { return web.RequestID(r.Context()) },
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, path := range saml.Paths() {
		mux.Handle(path, federation)
	}
	for pattern, handler := range a.extra {
		mux.Handle(pattern, handler)
	}
	mux.Handle("/scim/v2/", a.provisioning)
	mux.Handle(scim.TokenPath, a.provisioning)
	mux.Handle(web.StaticRoute())
	mux.Handle("GET /healthz", web.Healthz())
	mux.Handle("GET /readyz", web.Readyz(a.reg.Ready, a.log))
	mux.Handle("GET /{$}", pages.Home("/login"))
	mux.HandleFunc("/", pages.NotFound)
	return mux, nil
}

// run serves on the listener and does the chores in the background until ctx ends;
// then it lets running requests finish. certificate and key are files; empty means
// that TLS is somebody else's business.
func (a *app) run(ctx context.Context, listener net.Listener, certificate, key string) error {
	chores, done := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { a.sweepLoop(chores) })
	running.Go(func() { notify.Run(chores, a.reg, a.deliver, outboxEvery, a.log) })
	defer a.provisioning.Close()
	defer running.Wait()
	defer done()

	ended := make(chan error, 1)
	go func() {
		if certificate != "" {
			ended <- a.server.ServeTLS(listener, certificate, key)
			return
		}
		ended <- a.server.Serve(listener)
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), gracePeriod)
	defer cancel()
	if err := a.server.Shutdown(last); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// sweepLoop records what has come to its end, as often as configured.
func (a *app) sweepLoop(ctx context.Context) {
	if a.sweep == 0 {
		a.log.Warn("the sweep is off: ends still hold, but nothing records them")
		return
	}
	ticker := time.NewTicker(a.sweep)
	defer ticker.Stop()
	for {
		report, err := a.reg.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.Error("sweep", "error", err)
		}
		if report.Closed > 0 {
			a.log.Info("sweep", "closed", report.Closed)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// deliver tells a notice to whoever reads the log.
func (a *app) deliver(_ context.Context, n registry.Notice) error {
	a.log.Info("notice", "kind", n.Kind, "recipient", n.Recipient, "subject", n.Subject)
	return nil
}
