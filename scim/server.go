package scim

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

const mediaType = "application/scim+json"

// route is one thing that can be asked. A pattern is a path below the base URL; {id} stands for one segment.
type route struct {
	method, pattern string
	handle          func(*server, *exchange) (answer, error)
}

// routes is everything that is served. HEAD is answered wherever GET is.
var routes = []route{
	{http.MethodGet, "/ServiceProviderConfig", (*server).getDocument},
	{http.MethodGet, "/ResourceTypes", (*server).getDocument},
	{http.MethodGet, "/ResourceTypes/{id}", (*server).getDocument},
	{http.MethodGet, "/Schemas", (*server).getDocument},
	{http.MethodGet, "/Schemas/{id}", (*server).getDocument},
	{http.MethodGet, "", (*server).searchAll},
	{http.MethodPost, "/.search", search((*server).searchAll)},
	{http.MethodGet, "/Users", users.list},
	{http.MethodPost, "/Users/.search", search(users.list)},
	{http.MethodPost, "/Users", (*server).postUser},
	{http.MethodGet, "/Users/{id}", (*server).getUser},
	{http.MethodPut, "/Users/{id}", (*server).putUser},
	{http.MethodPatch, "/Users/{id}", (*server).patchUser},
	{http.MethodDelete, "/Users/{id}", (*server).deleteUser},
	{http.MethodGet, "/Groups", groups.list},
	{http.MethodPost, "/Groups/.search", search(groups.list)},
	{http.MethodPost, "/Groups", (*server).postGroup},
	{http.MethodGet, "/Groups/{id}", (*server).getGroup},
	{http.MethodPut, "/Groups/{id}", (*server).putGroup},
	{http.MethodPatch, "/Groups/{id}", (*server).patchGroup},
	{http.MethodDelete, "/Groups/{id}", (*server).deleteGroup},
	{http.MethodGet, "/Entitlements", entitlements.list},
	{http.MethodPost, "/Entitlements/.search", search(entitlements.list)},
	{http.MethodGet, "/Entitlements/{id}", getRight(entitlementType)},
	{http.MethodGet, "/Roles", roles.list},
	{http.MethodPost, "/Roles/.search", search(roles.list)},
	{http.MethodGet, "/Roles/{id}", getRight(roleType)},
	{http.MethodGet, "/Profiles", profiles.list},
	{http.MethodPost, "/Profiles/.search", search(profiles.list)},
	{http.MethodGet, "/Profiles/{id}", getRight(oktaType)},
	{http.MethodPost, BulkPath, (*server).postBulk},
	{http.MethodGet, resultPath + "{id}", (*server).getResult},
	{http.MethodGet, "/Me", (*server).me},
	{http.MethodPost, "/Me", (*server).me},
	{http.MethodPut, "/Me", (*server).me},
	{http.MethodPatch, "/Me", (*server).me},
	{http.MethodDelete, "/Me", (*server).me},
}

// exchange is one authenticated request.
type exchange struct {
	*http.Request
	client  registry.Client
	actor   registry.Actor
	company registry.CompanyID
	path    string // below the base URL, without a slash at the end
	id      string // the {id} of the route
	query   url.Values
	limit   int64   // bytes of the body
	dry     bool    // to be rehearsed
	data    *object // the body, where it came as part of another
}

// answer is what a handler says. Of doc and encoded one is set, or neither for an answer without a body.
type answer struct {
	status   int
	doc      *object
	encoded  []byte
	location string
	version  string // entity tag
	partial  bool   // the version does not cover all that is shown
	txn      string // the transaction that will be answered later
	running  bool   // there is nothing to tell yet
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == TokenPath {
		s.serveToken(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, s.mostBytes(r))
	a, err := s.serve(w.Header(), r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if a.location != "" {
		w.Header().Set("Location", a.location)
	}
	if a.version != "" {
		w.Header().Set("ETag", a.version)
	}
	if a.txn != "" { // RFC 9967
		w.Header().Set("Set-Txn", a.txn)
		w.Header().Set("Preference-Applied", preferAsync)
	}
	if a.running {
		w.Header().Set("Retry-After", "1")
	}
	if a.doc == nil {
		write(w, r, a.status, a.encoded)
		return
	}
	withJSON(a.doc, func(body []byte) { write(w, r, a.status, body) })
}

// serve authenticates, then finds and runs the route. Nobody without a token learns even which routes there are.
func (s *server) serve(header http.Header, r *http.Request) (answer, error) {
	client, err := s.authenticate(header, r)
	if err != nil {
		return answer{}, err
	}
	query, err := readQuery(r.URL.RawQuery)
	if err != nil {
		return answer{}, err
	}
	x := &exchange{Request: r, client: client, company: client.CompanyID, query: query, limit: s.mostBytes(r)}
	x.actor = client.Actor(s.config.RequestID(r))
	handle, err := s.route(header, x)
	if err != nil {
		return answer{}, err
	}
	if !acceptable(r.Header.Get("Accept")) {
		return answer{}, refuseStatus(http.StatusNotAcceptable, "Accept: only %s and application/json are served", mediaType)
	}
	if err := x.expectsOfCollection(); err != nil {
		return answer{}, err
	}
	if x.dry, err = x.dryRun(); err != nil {
		return answer{}, err
	}
	if x.dry {
		header.Set("Preference-Applied", preferDryRun)
	}
	if x.dry && x.path != BulkPath {
		return s.rehearse(x, handle)
	}
	a, err := handle(s, x)
	if err == nil && x.reads() {
		return x.conditional(a)
	}
	return a, err
}

// readQuery reads the query string, or refuses it. url.URL.Query drops what it cannot read: a filter with a bare ";" or
// "%" would be gone, and the answer everybody. Of a parameter given twice nobody knows which one was meant.
func readQuery(raw string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "query: not well escaped (a \";\" is %%3B, a \"%%\" is %%25)")
	}
	read := url.Values{}
	for name, values := range query {
		known := parameter(name)
		if len(values)+len(read[known]) > 1 {
			return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "query: %s is given twice", clip(known))
		}
		read[known] = values
	}
	return read, nil
}

// parameter is the name as the RFC writes it: "Filter" passed over would be answered with everybody, "dry-run" done.
func parameter(name string) string {
	for _, known := range []string{"filter", "startIndex", "count", "cursor", "attributes", "excludedAttributes", "sortBy", "sortOrder", "dryRun"} {
		if strings.EqualFold(strings.NewReplacer("-", "", "_", "").Replace(name), known) {
			return known
		}
	}
	return name
}

// route finds the handler for a request; a path that exists for other methods is a 405 that lists them.
func (s *server) route(header http.Header, x *exchange) (func(*server, *exchange) (answer, error), error) {
	path, ok := strings.CutPrefix(x.URL.Path, s.prefix)
	if !ok || !utf8.ValidString(path) || strings.ContainsRune(path, 0) { // no id holds what no database keeps
		return nil, refuseStatus(http.StatusNotFound, "no such endpoint")
	}
	x.path = strings.TrimSuffix(path, "/")
	method := x.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var allowed []string
	for _, rt := range s.routes {
		id, ok := match(rt.pattern, x.path)
		if !ok {
			continue
		}
		if rt.method == method {
			x.id = id
			return rt.handle, nil
		}
		allowed = append(allowed, rt.method)
	}
	if allowed == nil {
		return nil, refuseStatus(http.StatusNotFound, "no such endpoint")
	}
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	header.Set("Allow", strings.Join(allowed, ", "))
	return nil, refuseStatus(http.StatusMethodNotAllowed, "%s is not allowed here", x.Method)
}

// match compares a path with a pattern and returns the segment that {id} stands for.
func match(pattern, path string) (string, bool) {
	head, ok := strings.CutSuffix(pattern, "{id}")
	if !ok {
		return "", pattern == path
	}
	id, ok := strings.CutPrefix(path, head)
	return id, ok && id != "" && !strings.Contains(id, "/") && "/"+id != searchPath
}

// acceptable reads an Accept header; none accepts anything. RFC 7644 §3.8
func acceptable(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		kind, params, err := mime.ParseMediaType(part)
		if weight, err := strconv.ParseFloat(params["q"], 64); err == nil && weight == 0 { // RFC 9110 §12.4.2
			continue
		}
		switch kind {
		case "*/*", "application/*", mediaType, "application/json":
			return true
		}
		if err != nil && strings.TrimSpace(part) == "" {
			return true
		}
	}
	return false
}

// body reads and decodes the body of a request. RFC 7644 §3.1, §3.8
func (x *exchange) body() (*object, error) {
	if x.data != nil {
		return x.data, nil
	}
	kind, params, err := mime.ParseMediaType(x.Header.Get("Content-Type"))
	if err != nil || kind != mediaType && kind != "application/json" {
		return nil, refuseStatus(http.StatusUnsupportedMediaType, "Content-Type: must be %s or application/json", mediaType)
	}
	if c := params["charset"]; c != "" && !strings.EqualFold(c, "utf-8") {
		return nil, refuseStatus(http.StatusUnsupportedMediaType, "Content-Type: charset must be utf-8")
	}
	if x.ContentLength > x.limit {
		return nil, tooLarge(x.limit)
	}
	data, err := io.ReadAll(x.Body)
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge(over.Limit)
	case err != nil:
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "body: could not be read to its end")
	}
	if x.path == BulkPath {
		return decodeUpTo(data, maxTasks)
	}
	return decode(data)
}

// mostBytes is the most that is read of a request's body.
func (s *server) mostBytes(r *http.Request) int64 {
	if strings.TrimSuffix(r.URL.Path, "/") == s.prefix+BulkPath {
		return MaxBulkBytes
	}
	return maxBody
}

func tooLarge(most int64) error {
	return refuseStatus(http.StatusRequestEntityTooLarge, "body: larger than %d bytes", most)
}

// logFault logs what is a fault of ours. Every error that a client is told passes here once.
func (s *server) logFault(r *http.Request, err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	if status := scimError(err).Status; status >= 500 && status != http.StatusNotImplemented {
		s.config.Log.ErrorContext(r.Context(), "scim request failed", "request", s.config.RequestID(r), "error", err)
	}
}

// fail answers with an error.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.logFault(r, err)
	told := scimError(err)
	if told.Status == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "" {
		w.Header().Set("WWW-Authenticate", invalidToken)
	}
	if busy := new(tooMany); errors.As(err, &busy) {
		busy.tell(w.Header())
	} else if told.Status == http.StatusServiceUnavailable || told.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	body, _ := told.MarshalJSON() // strings always encode
	write(w, r, told.Status, body)
}

func write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	kind := mediaType
	if accept := r.Header.Get("Accept"); strings.Contains(accept, "application/json") && !strings.Contains(accept, mediaType) {
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store") // personal data
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone is no concern of ours
}
