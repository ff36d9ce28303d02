package scim

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"varco/registry"
)

// TokenPath is where clients get access tokens: OAuth 2.0 client credentials, RFC 6749 §4.4. It is served by the
// handler that [New] makes, at the root of the base URL's host.
const TokenPath = "/oauth/token"

const maxTokenRequest = 32 << 10 // bytes

// oauthError is a refusal as RFC 6749 §5.2 has it.
type oauthError struct {
	status int
	Code   string `json:"error"`
	Detail string `json:"error_description"`
}

func (e *oauthError) Error() string { return e.Code + ": " + e.Detail }

func invalidRequest(detail string) error {
	return &oauthError{http.StatusBadRequest, "invalid_request", detail}
}

// errClient is the one answer to whoever fails to prove itself, whatever was wrong.
var errClient = &oauthError{http.StatusUnauthorized, "invalid_client", "the client could not be authenticated"}

// serveToken answers at [TokenPath].
func (s *server) serveToken(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store") // RFC 6749 §5.1
	w.Header().Set("Pragma", "no-cache")
	doc, err := s.token(r)
	if err != nil {
		s.refuseToken(w, r, err)
		return
	}
	_ = json.NewEncoder(w).Encode(doc)
}

func (s *server) refuseToken(w http.ResponseWriter, r *http.Request, err error) {
	var told *oauthError
	var busy *tooMany
	switch kind := registry.KindOf(err); {
	case errors.As(err, &told):
	case errors.As(err, &busy):
		busy.tell(w.Header())
		told = &oauthError{http.StatusTooManyRequests, "temporarily_unavailable", busy.Error()}
	case kind == registry.Internal || kind == registry.Unavailable:
		s.config.Log.ErrorContext(r.Context(), "token request failed", "request", s.config.RequestID(r), "error", err)
		w.Header().Set("Retry-After", "1")
		told = &oauthError{http.StatusServiceUnavailable, "temporarily_unavailable", "try again"}
	default:
		told = errClient
	}
	switch told.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Basic realm="oauth"`)
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	}
	w.WriteHeader(told.status)
	_ = json.NewEncoder(w).Encode(told)
}

// token is the answer to one request for an access token.
func (s *server) token(r *http.Request) (any, error) {
	from := s.peer(r)
	if err := s.strangers.check(from.key(), defaultQuota); err != nil {
		return nil, err
	}
	form, err := tokenForm(r)
	if err != nil {
		return nil, err
	}
	client, by, err := s.proven(r, form)
	if err == nil && !client.Admits(from.certificate, from.address) {
		err = errClient
	}
	if err != nil {
		s.strangers.charge(from.key())
		return nil, err
	}
	scopes, err := scopesOf(form.Get("scope"))
	if err != nil {
		return nil, err
	}
	quota := s.quotaOf(client)
	if err := s.clients.check(string(client.ID), quota); err != nil {
		return nil, err
	}
	access, held, err := s.reg.OpenAccess(r.Context(), client, scopes, by, s.config.RequestID(r))
	if err != nil && registry.KindOf(err) == registry.Conflict { // sent again: by whom nobody knows
		s.strangers.charge(from.key())
		return nil, errClient
	}
	_ = s.clients.take(string(client.ID), quota) // there was enough a moment ago
	if refusal := new(registry.Error); errors.As(err, &refusal) && refusal.Rule == registry.RuleScope {
		return nil, &oauthError{http.StatusBadRequest, "invalid_scope", refusal.Msg}
	}
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(registry.AccessLife.Seconds()), "scope": joinScopes(held),
	}, nil
}

// tokenForm reads the request. A parameter given twice is refused (RFC 6749 §3.2).
func tokenForm(r *http.Request) (url.Values, error) {
	if r.Method != http.MethodPost {
		return nil, &oauthError{http.StatusMethodNotAllowed, "invalid_request", "only POST is served here"}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, invalidRequest("Content-Type: must be application/x-www-form-urlencoded")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxTokenRequest+1))
	if err != nil || len(body) > maxTokenRequest {
		return nil, &oauthError{http.StatusRequestEntityTooLarge, "invalid_request", "the body is too large"}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalidRequest("the body is not well escaped")
	}
	for _, values := range form {
		if len(values) > 1 {
			return nil, invalidRequest("a parameter is given twice")
		}
	}
	switch form.Get("grant_type") {
	case "client_credentials":
		return form, nil
	case "":
		return nil, invalidRequest("grant_type: required")
	default:
		return nil, &oauthError{http.StatusBadRequest, "unsupported_grant_type", "grant_type: must be client_credentials"}
	}
}

// proven is the client that proves itself in the request, in exactly one way (RFC 6749 §2.3).
func (s *server) proven(r *http.Request, form url.Values) (registry.Client, registry.Evidence, error) {
	id, secret, basic := r.BasicAuth()
	ways := 0
	for _, used := range []bool{r.Header.Get("Authorization") != "", form.Has("client_secret"), form.Has("client_assertion")} {
		if used {
			ways++
		}
	}
	switch {
	case ways != 1:
		return registry.Client{}, registry.Evidence{}, invalidRequest("the client must authenticate in exactly one way")
	case form.Has("client_assertion"):
		return s.asserted(r.Context(), form)
	case basic:
		var errs [2]error
		id, errs[0] = url.QueryUnescape(id)
		secret, errs[1] = url.QueryUnescape(secret)
		if errors.Join(errs[:]...) != nil || form.Has("client_id") && form.Get("client_id") != id {
			return registry.Client{}, registry.Evidence{}, errClient
		}
	default:
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	client, err := s.bySecret(r, id, secret)
	return client, registry.Evidence{}, err
}

// bySecret takes as the client's secret its whole token or what stands behind the id in it.
func (s *server) bySecret(r *http.Request, id, secret string) (registry.Client, error) {
	whole := "varco_" + id + "_"
	client, err := s.reg.Authenticate(r.Context(), whole+strings.TrimPrefix(secret, whole))
	if err != nil && registry.KindOf(err) == registry.Forbidden {
		err = errClient
	}
	return client, err
}

// scopesOf reads the parameter scope; nil is all that the client holds. Entra ID sends "scim".
func scopesOf(text string) ([]registry.Scope, error) {
	if text == "" || text == "scim" || text == "scim.readwrite" {
		return nil, nil
	}
	var scopes []registry.Scope
	for name := range strings.SplitSeq(text, " ") {
		scopes = append(scopes, registry.Scope(name))
	}
	return scopes, nil
}

func joinScopes(scopes []registry.Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, " ")
}
