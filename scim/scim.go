// Package scim is the room where HR and identity-management systems come in: SCIM 2.0 (RFC 7643, 7644) towards them,
// calls of the registry's verbs inwards.
//
// It imports registry and, of others' code, the schema and errors packages of elimity-com/scim; its server is not
// used. Nothing of SCIM is seen outside this package but [New] and, for those who write clients, [OpenAPI].
//
// Start reading at routes in server.go (what is served), then collaborator.go (one request after the other), then
// schema_user.go: that table is what /Schemas shows and what decoding, PATCH and filters obey.
package scim

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"varco/registry"
)

// Config is what the handler needs to know of the world.
type Config struct {
	// BaseURL is the address of the service as clients see it, such as https://iam.example.it/scim/v2, without a
	// slash at the end. Requests are expected below its path.
	BaseURL string
	// RequestID names a request for the audit trail and the log. Required.
	RequestID func(*http.Request) string
	// Secret keys the cursors of lists, 32 bytes or more: replicas that share it serve each other's. Required.
	Secret []byte
	// Quota is what a client may ask for that has none of its own; zero: 100 requests a second, 1,000 at once.
	Quota registry.Quota
	// Proxies are the addresses whose X-Forwarded-For and CertificateHeader are believed.
	Proxies []netip.Prefix
	// CertificateHeader is where a proxy puts the SHA-256, in hexadecimal, of the certificate that the client showed.
	CertificateHeader string
	// ClientCertificates says that certificates of clients reach us, over TLS or by the header.
	ClientCertificates bool
	// Keys fetches the key sets of clients; nil is the network.
	Keys http.RoundTripper
	// Log receives the faults that clients are not told about. Required.
	Log *slog.Logger
}

// server answers SCIM requests with the registry's verbs.
type server struct {
	reg    *registry.Registry
	config Config
	prefix string // path of BaseURL
	routes []route
	runs   *runs
	// rehearsing says that reg keeps nothing, and that writes are answered with what they would have changed.
	rehearsing bool
	cursors    cursors
	origin     string // scheme and host of BaseURL
	// who asks how much (quota.go)
	clients, strangers *quotas
	tenants            *tenants
	keys               *keyring

	// discovery documents by path below prefix, encoded once
	documents map[string][]byte
}

// Handler is the whole service. It is closed when no more requests come.
type Handler struct{ *server }

// New makes the handler of the whole service. It fails if the base URL is not absolute.
func New(reg *registry.Registry, config Config) (*Handler, error) {
	config.BaseURL = strings.TrimSuffix(config.BaseURL, "/")
	config.Quota.PerSecond = cmp.Or(config.Quota.PerSecond, defaultQuota.PerSecond)
	config.Quota.Burst = cmp.Or(config.Quota.Burst, defaultQuota.Burst)
	base, err := url.Parse(config.BaseURL)
	if err != nil || base.Scheme == "" || base.Host == "" {
		return nil, &registry.Error{Kind: registry.Invalid, Msg: "scim: base URL must be absolute"}
	}
	if len(config.Secret) < 32 {
		return nil, &registry.Error{Kind: registry.Invalid, Msg: "scim: the secret needs 32 bytes or more"}
	}
	s := &server{reg: reg, config: config, prefix: base.Path, origin: base.Scheme + "://" + base.Host, routes: routes, runs: newRuns()}
	s.clients, s.strangers, s.keys = newQuotas(reg.Now), newQuotas(reg.Now), newKeyring(config.Keys)
	s.tenants = &tenants{}
	if s.cursors, err = newCursors(config.Secret); err != nil {
		return nil, err
	}
	s.documents = s.discovery()
	return &Handler{s}, nil
}
