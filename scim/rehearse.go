package scim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// A dry run: a request that writes, sent with "Prefer: dry-run" (RFC 7240) or ?dryRun=true, is done and taken back in
// one transaction. The answer is a Rehearsal message with what it would have changed, or the refusal it would have got;
// it carries Preference-Applied: dry-run. A server that does not know the preference would do the request: who cannot
// tell beforehand uses a client that is refused there.

const (
	urnRehearsal = "urn:ietf:params:scim:api:messages:varco:2.0:Rehearsal"
	preferDryRun = "dry-run"

	// maxRehearsed bounds the operations of a rehearsed bulk request, which are all in one transaction.
	maxRehearsed = 100
)

// prefers says whether the client sent a preference, with a value or without. RFC 7240 §2
func (x *exchange) prefers(preference string) bool {
	for part := range strings.SplitSeq(strings.Join(x.Header.Values("Prefer"), ","), ",") {
		if i := strings.IndexAny(part, ";="); i >= 0 {
			part = part[:i]
		}
		if strings.EqualFold(strings.TrimSpace(part), preference) {
			return true
		}
	}
	return false
}

// dryRun says whether the request is to be rehearsed. A request that might have been meant so is never done.
func (x *exchange) dryRun() (bool, error) {
	if x.reads() || !changing(x.path) {
		return false, nil
	}
	switch said := strings.ToLower(x.query.Get("dryRun")); {
	case said == "true":
		return true, nil
	case said == "false", !x.query.Has("dryRun"):
		return x.prefers(preferDryRun), nil
	}
	return false, refuse(scimerrors.ScimTypeInvalidValue, "dryRun: expected true or false")
}

// changing says whether what is not a GET below a path changes anything: users, groups and bulk requests.
func changing(path string) bool {
	if strings.HasSuffix(path, "/.search") {
		return false
	}
	return path == BulkPath || strings.HasPrefix(path, userType.endpoint) || strings.HasPrefix(path, groupType.endpoint)
}

// rehearse does a request on a registry that keeps nothing and tells what it did.
func (s *server) rehearse(x *exchange, handle func(*server, *exchange) (answer, error)) (answer, error) {
	if x.Method != http.MethodDelete { // it may be done twice
		body, err := x.body()
		if err != nil {
			return answer{}, err
		}
		x.data = body
	}
	var a answer
	err := s.reg.Rehearse(x.Context(), func(reg *registry.Registry) (err error) {
		a, err = s.on(reg).rehearsed(x, handle)
		return err
	})
	return answer{status: http.StatusOK, doc: a.doc}, err
}

// rehearseBulk does a whole bulk request on a registry that keeps nothing, one operation after the other.
func (s *server) rehearseBulk(x *exchange) (answer, error) {
	body, err := x.body()
	if err != nil {
		return answer{}, err
	}
	x.data = body
	var doc *object
	err = s.reg.Rehearse(x.Context(), func(reg *registry.Registry) error {
		b, err := s.readBulk(x)
		if err != nil {
			return err
		}
		if len(b.tasks) > maxRehearsed {
			return refuseStatus(http.StatusRequestEntityTooLarge, "Operations: more than %d elements in a dry run", maxRehearsed)
		}
		b.workers = 1
		stage := s.on(reg)
		stage.runBulk(x, b, func() error { return nil })
		doc = stage.bulkResponse(b)
		return b.lost()
	})
	return answer{status: http.StatusOK, doc: doc}, err
}

// lost is the error of an operation for which the registry did not answer: then the others cannot be trusted either.
func (b *bulk) lost() error {
	for _, t := range b.tasks {
		if t.err != nil && scimError(t.err).Status >= http.StatusInternalServerError {
			return t.err
		}
	}
	return nil
}

// on is the server on a registry that keeps nothing.
func (s *server) on(reg *registry.Registry) *server {
	stage := *s
	stage.reg, stage.rehearsing = reg, true
	return &stage
}

// rehearsed does a request. Its answer has the status and location that it would have had, and the Rehearsal.
func (s *server) rehearsed(x *exchange, handle func(*server, *exchange) (answer, error)) (answer, error) {
	var before *object
	var err error
	if x.Method != http.MethodPost {
		if before, err = s.peek(x, x.path); err != nil {
			return answer{}, err
		}
	}
	sessions, err := s.reg.OpenSessions(x.Context(), x.actor, x.company)
	if err != nil {
		return answer{}, err
	}
	a, err := handle(s, x)
	if err != nil {
		return answer{}, err
	}
	path := x.path
	if x.Method == http.MethodPost {
		path = strings.TrimPrefix(a.location, s.config.BaseURL)
	}
	after, err := s.peek(x, path)
	if err != nil {
		return answer{}, err
	}
	left, err := s.reg.OpenSessions(x.Context(), x.actor, x.company)
	a.doc = rehearsalOf(a.status, before, after, sessions-left)
	return a, err
}

// peek reads a resource in the middle of a rehearsal; nil where it is not there.
func (s *server) peek(x *exchange, path string) (*object, error) {
	a, err := s.operate(x, http.MethodGet, path, "", nil)
	if err != nil && scimError(err).Status == http.StatusNotFound {
		return nil, nil
	}
	return a.doc, err
}

// rehearsalOf is the message: the status that the request would have had, what would be different at its resource, and
// what would end.
func rehearsalOf(status int, before, after *object, sessions int) *object {
	changes := []any{}
	for _, c := range differences("", before, after) {
		changes = append(changes, c)
	}
	resource := &object{}
	if before != nil {
		resource.set("location", before.child("meta").text("location"))
	}
	resource.members = append(resource.members, member{"changes", changes})
	gone, _ := parted(before.list("entitlements"), after.list("entitlements"))
	var ended []any
	for _, e := range gone {
		ended = append(ended, e.(*object).text("value"))
	}
	doc := obj("schemas", []any{urnRehearsal}, "status", strconv.Itoa(status), "resources", []any{resource})
	doc.set("ends", obj("entitlements", ended, "sessions", sessions))
	return doc
}

// differences are the places where two documents differ, as PATCH would name them. Of lists, from has what goes and to
// what comes. What the server alone says of a resource (id, meta) is not told.
func differences(prefix string, before, after *object) []*object {
	var list []*object
	for _, name := range namesIn(before, after) {
		from, to := before.get(name), after.get(name)
		if prefix == "" && slices.Contains([]string{"id", "meta", "schemas"}, name) || equal(from, to) {
			continue
		}
		a, wasObject := from.(*object)
		b, isObject := to.(*object)
		path := prefix + name
		if (wasObject || from == nil) && (isObject || to == nil) {
			separator := "."
			if strings.Contains(name, ":") { // an extension
				separator = ":"
			}
			list = append(list, differences(path+separator, a, b)...)
			continue
		}
		list = append(list, difference(path, from, to))
	}
	return list
}

func difference(path string, from, to any) *object {
	was, wasList := from.([]any)
	is, isList := to.([]any)
	if wasList || isList {
		gone, come := parted(was, is)
		return obj("path", path, "from", gone, "to", come)
	}
	return obj("path", path, "from", from, "to", to)
}

// parted are the elements that only one of two lists has.
func parted(before, after []any) (gone, come []any) {
	without := func(list, other []any) []any {
		return slices.DeleteFunc(slices.Clone(list), func(e any) bool {
			return slices.ContainsFunc(other, func(o any) bool { return equal(e, o) })
		})
	}
	return without(before, after), without(after, before)
}

// namesIn are the names in either object, those of the first first.
func namesIn(a, b *object) []string {
	var names []string
	for _, o := range []*object{a, b} {
		if o == nil {
			continue
		}
		for _, m := range o.members {
			if !slices.Contains(names, m.name) {
				names = append(names, m.name)
			}
		}
	}
	return names
}
