package samltest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"varco/saml"
)

// Application is an application for tests: it lets in whom Varco vouches for, shows
// what it was told, and asks Varco before every use whether the session still holds.
type Application struct {
	sp     saml.ServiceProvider
	base   string // address without a trailing slash
	check  string // Varco's address for questions about sessions
	client *http.Client
	now    func() time.Time
	mux    *http.ServeMux

	mu       sync.Mutex
	varco    saml.Provider
	pending  map[string]saml.LoginRequest // by request ID
	sessions map[string]saml.Assertion    // by cookie
}

// NewApplication makes an application at an address such as
// "http://127.0.0.1:8080/app": that path and everything below it are its own.
func NewApplication(base string, now func() time.Time) (*Application, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("samltest: %w", err)
	}
	id := base + "/metadata"
	key, err := saml.GenerateKeyPair(saml.Holder{EntityID: id, Name: "Applicazione di prova"}, keyBits, now())
	if err != nil {
		return nil, err
	}
	a := &Application{
		sp: saml.ServiceProvider{
			EntityID: id, ACSURL: base + "/acs", Dialect: saml.DialectVarco, Key: key,
			Body: saml.Body{Name: "Ente di prova", URL: base, Service: "Applicazione di prova", Email: "prova@example.org"},
		},
		base: base, now: now, client: http.DefaultClient, mux: http.NewServeMux(),
		pending: map[string]saml.LoginRequest{}, sessions: map[string]saml.Assertion{},
	}
	a.mux.HandleFunc("GET "+u.Path+"/{$}", a.serveStart)
	a.mux.HandleFunc("POST "+u.Path+"/acs", a.serveAnswer)
	a.mux.HandleFunc("GET "+u.Path+"/whoami", a.serveWhoami)
	a.mux.HandleFunc("GET "+u.Path+"/metadata", a.serveMetadata)
	return a, nil
}

// Connect tells the application who vouches for people: Varco's metadata and the
// address of its session check.
func (a *Application) Connect(metadata []byte, check string) error {
	providers, err := saml.ParseProviders(metadata)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.varco, a.check = providers[0], check
	return nil
}

// EntityID names the application.
func (a *Application) EntityID() string { return a.sp.EntityID }

// Metadata describes the application to Varco.
func (a *Application) Metadata() ([]byte, error) { return a.sp.Metadata() }

// ServeHTTP serves the start of the login, the consumer, whoami and the metadata.
func (a *Application) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// serveStart asks Varco for a new login, at any level.
func (a *Application) serveStart(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	req := a.sp.NewLoginRequest(a.varco, saml.Level2, a.now())
	a.pending[req.ID] = req
	a.mu.Unlock()
	to, err := a.sp.RedirectURL(req)
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	http.Redirect(w, r, to, http.StatusFound)
}

// serveAnswer takes Varco's answer, once, and starts a session.
func (a *Application) serveAnswer(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	assertion, err := a.accept(r.PostFormValue("SAMLResponse"), r.PostFormValue("RelayState"))
	if err != nil {
		fail(w, http.StatusForbidden, err)
		return
	}
	secret := rand.Text()
	a.mu.Lock()
	a.sessions[secret] = assertion
	a.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name: "app_session", Value: secret, Path: "/", HttpOnly: true,
		Secure: strings.HasPrefix(a.base, "https:"), SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, a.base+"/whoami", http.StatusSeeOther)
}

func (a *Application) accept(field, relayState string) (saml.Assertion, error) {
	response, err := saml.ReadResponse(field)
	if err != nil {
		return saml.Assertion{}, err
	}
	a.mu.Lock()
	req, ok := a.pending[response.InResponseTo]
	delete(a.pending, response.InResponseTo)
	varco := a.varco
	a.mu.Unlock()
	if !ok || relayState != req.RelayState {
		return saml.Assertion{}, fmt.Errorf("no request waits for this answer")
	}
	return response.Check(a.sp.Expectation(req.ID, varco, req.Level, req.IssuedAt), a.now())
}

// serveWhoami shows who is here while Varco says that the session holds.
func (a *Application) serveWhoami(w http.ResponseWriter, r *http.Request) {
	session, err := a.session(r)
	if err != nil {
		fail(w, http.StatusUnauthorized, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(map[string]any{"subject": session.NameID, "attributes": session.Attributes})
}

func (a *Application) session(r *http.Request) (saml.Assertion, error) {
	cookie, err := r.Cookie("app_session")
	if err != nil {
		return saml.Assertion{}, fmt.Errorf("nobody has logged in")
	}
	a.mu.Lock()
	session, ok := a.sessions[cookie.Value]
	a.mu.Unlock()
	if !ok {
		return saml.Assertion{}, fmt.Errorf("nobody has logged in")
	}
	return session, a.stillHolds(r.Context(), session)
}

// stillHolds asks Varco. Whatever is not a clear yes is a no.
func (a *Application) stillHolds(ctx context.Context, session saml.Assertion) error {
	ask := saml.SessionCheck{SessionIndex: session.SessionIndex, Application: a.sp.EntityID}
	to, err := saml.SessionCheckURL(a.check, ask, a.sp.Key, a.now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err != nil {
		return err
	}
	res, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("session check: %w", err)
	}
	defer res.Body.Close()
	var answer struct {
		Active bool `json:"active"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<12)).Decode(&answer); err != nil {
		return fmt.Errorf("session check: status %d", res.StatusCode)
	}
	if res.StatusCode != http.StatusOK || !answer.Active {
		return fmt.Errorf("the session is over")
	}
	return nil
}

func (a *Application) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	data, err := a.Metadata()
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	w.Write(data)
}
