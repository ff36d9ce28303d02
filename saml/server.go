package saml

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"varco/registry"
)

// Config is what the room is set up with.
type Config struct {
	BaseURL      string // address of Varco without a trailing slash
	EntityID     string // name towards SPID, as registered; empty: the address of the metadata
	SPKey        KeyPair
	IdPKey       KeyPair
	PairwiseKey  []byte // 32 bytes or more; names people towards applications
	Body         Body
	MinLevel     Level // asked of the identity providers at least; LPT §8.1 wants 2
	WantSigned   bool  // refuse unsigned requests of every application
	Providers    []Provider
	Applications []Registered
}

// Registered is an application and what it may learn.
type Registered struct {
	Application
	Profiles []registry.ProfileCode // the only ones it is told of
}

// The paths of the room. Those that providers and applications load from metadata
// never change.
const (
	pathLogin       = "/login"
	pathSPIDLogin   = "/spid/login"
	pathACS         = "/spid/acs"
	pathSPIDLogout  = "/spid/logout"
	pathSPMetadata  = "/spid/metadata"
	pathChoose      = "/choose"
	pathSSO         = "/saml/sso"
	pathSession     = "/saml/session"
	pathIdPMetadata = "/saml/metadata"
	pathLogout      = "/logout"
	pathHome        = "/" // the web room's
)

// Paths are the patterns under which cmd mounts the room.
func Paths() []string { return []string{pathLogin, "/spid/", pathChoose, "/saml/", pathLogout} }

// CrossSitePosts are the paths that other sites' pages post to, by protocol.
func CrossSitePosts() []string { return []string{pathACS, pathSSO} }

// ServiceProvider is Varco towards SPID.
func (c Config) ServiceProvider() ServiceProvider {
	return ServiceProvider{
		EntityID:  cmp.Or(c.EntityID, c.BaseURL+pathSPMetadata),
		ACSURL:    c.BaseURL + pathACS,
		LogoutURL: c.BaseURL + pathSPIDLogout,
		Dialect:   DialectSPID,
		Key:       c.SPKey,
		Body:      c.Body,
	}
}

// Issuer is Varco towards the applications.
func (c Config) Issuer() Issuer {
	return Issuer{
		EntityID:    c.BaseURL + pathIdPMetadata,
		SSOURL:      c.BaseURL + pathSSO,
		Key:         c.IdPKey,
		PairwiseKey: c.PairwiseKey,
		WantSigned:  c.WantSigned,
		Name:        c.Body.Name,
		URL:         c.Body.URL,
	}
}

func (c Config) check() error {
	switch {
	case checkURL(c.BaseURL) != nil || strings.HasSuffix(c.BaseURL, "/"):
		return errors.New("saml: the base URL must be https (or http to this machine) without a trailing slash")
	case c.SPKey.Key == nil || c.IdPKey.Key == nil:
		return errors.New("saml: both signing keys are needed")
	case len(c.PairwiseKey) < 32:
		return errors.New("saml: the pairwise key needs 32 bytes or more")
	case c.MinLevel < Level1 || c.MinLevel > Level3:
		return errors.New("saml: the minimum level must be 1, 2 or 3")
	}
	return nil
}

// Server answers everything that this room serves.
type Server struct {
	config    Config
	sp        ServiceProvider
	issuer    Issuer
	reg       *registry.Registry
	pages     Renderer
	log       *slog.Logger
	reference func(context.Context) string
	mux       *http.ServeMux
}

// New makes the room's server. reference gives the number of a request that refusal
// pages and log lines share.
func New(c Config, reg *registry.Registry, pages Renderer, log *slog.Logger, reference func(context.Context) string) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Server{
		config: c, sp: c.ServiceProvider(), issuer: c.Issuer(), reg: reg,
		pages: pages, log: log, reference: reference, mux: http.NewServeMux(),
	}
	for pattern, serve := range map[string]handler{
		"GET " + pathLogin:       s.showProviders,
		"GET " + pathSPIDLogin:   s.startLogin,
		"POST " + pathSPIDLogin:  s.startLogin,
		"POST " + pathACS:        s.takeAnswer,
		"GET " + pathSPIDLogout:  s.refuseSPIDLogout,
		"GET " + pathSPMetadata:  s.showSPMetadata,
		"GET " + pathChoose:      s.showChoices,
		"POST " + pathChoose:     s.takeChoice,
		"GET " + pathSSO:         s.takeRedirect,
		"POST " + pathSSO:        s.takePost,
		"GET " + pathIdPMetadata: s.showIdPMetadata,
		"GET " + pathLogout:      s.askLogout,
		"POST " + pathLogout:     s.logout,
	} {
		s.mux.Handle(pattern, s.page(serve))
	}
	s.mux.HandleFunc("GET "+pathSession, s.checkSession)
	return s, nil
}

// ServeHTTP serves the room's paths.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// handler is a handler that leaves its refusal to the one place that words it.
type handler func(w http.ResponseWriter, r *http.Request) error

func (s *Server) page(serve handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxPost)
		if err := serve(w, r); err != nil {
			s.refuse(w, r, err)
		}
	})
}

// maxPost bounds a form body: a field at its limit, escaped, and room for the others.
const maxPost = 2*maxForm + 16<<10

// field is the one value of a posted form field. Given twice it could be read in two
// ways; in the query it was not posted.
func field(r *http.Request, name string) (string, error) {
	if err := r.ParseForm(); err != nil {
		return "", malformed("form", "cannot be read, or longer than %d bytes", maxPost)
	}
	switch values := r.PostForm[name]; len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	default:
		return "", malformed("form", "%s is given twice", name)
	}
}

func (s *Server) provider(entityID string) (Provider, error) {
	for _, p := range s.config.Providers {
		if p.EntityID == entityID {
			return p, nil
		}
	}
	return Provider{}, &registry.Error{Kind: registry.NotFound, Rule: ruleProvider, Msg: "idp: no such identity provider"}
}

func (s *Server) application(entityID string) (Registered, error) {
	for _, a := range s.config.Applications {
		if a.EntityID == entityID {
			return a, nil
		}
	}
	return Registered{}, &registry.Error{Kind: registry.Forbidden, Msg: "the application is not registered"}
}

func (s *Server) applications(entityID string) (Application, bool) {
	a, err := s.application(entityID)
	return a.Application, err == nil
}

// release tells what an application may learn. Varco itself, which is no application,
// offers every company in whose name there is something to do.
func (s *Server) release(entityID string) registry.Release {
	if entityID == "" {
		return func(registry.ProfileCode) bool { return true }
	}
	app, err := s.application(entityID)
	return func(p registry.ProfileCode) bool { return err == nil && slices.Contains(app.Profiles, p) }
}
