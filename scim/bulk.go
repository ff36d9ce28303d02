package scim

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// Bulk (RFC 7644 §3.7): many operations in one request. Each is its own act, with its own audit entry and its own
// refusal; none is undone because another failed. What is gained is the waiting: hires of different people go side by
// side, a few at a time, so that they share connections and commits. Everything else goes in the order sent.

// BulkPath, below the base URL, takes bodies of MaxBulkBytes, published as bulk.maxPayloadSize: more than any other.
const (
	BulkPath     = "/Bulk"
	MaxBulkBytes = 4 << 20
)

const (
	urnBulkRequest  = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	urnBulkResponse = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
	urnErrorMessage = "urn:ietf:params:scim:api:messages:2.0:Error"

	maxTasks = 1000 // published as bulk.maxOperations

	// sideBySide is how many hires are under way at a time, and abreast how many are begun before any is waited for.
	sideBySide = 16
	abreast    = 64
)

// bulk is one BulkRequest on its way to becoming a BulkResponse.
type bulk struct {
	tasks        []*task
	order        []*task // as they are done: those that others refer to first
	partial      []*task // those made without a reference, until they get it
	failOnErrors int     // 0: never
	workers      int
}

// task is one operation of a bulk request, then its answer.
type task struct {
	method, bulkID, version, path string
	data                          *object

	refs    []*task         // the tasks whose resources it refers to
	lacking map[string]bool // bulkIds that it is created without, as they refer to it in turn
	done    bool

	announced, begun bool   // it is about to be begun; it was
	id               string // of the resource that was made
	answer           answer
	err              error
}

func (s *server) postBulk(x *exchange) (answer, error) {
	if x.dry {
		return s.rehearseBulk(x)
	}
	b, err := s.readBulk(x)
	if err != nil {
		return answer{}, err
	}
	if x.prefers(preferAsync) {
		return s.deferBulk(x, b)
	}
	s.runBulk(x, b, func() error { return nil })
	return answer{status: http.StatusOK, doc: s.bulkResponse(b)}, nil
}

// readBulk reads a request. What is wrong with one operation is that operation's answer; what is wrong with the whole
// refuses it before anything is done.
func (s *server) readBulk(x *exchange) (*bulk, error) {
	body, err := x.body()
	if err != nil {
		return nil, err
	}
	if err := checkMessage(body, urnBulkRequest); err != nil {
		return nil, err
	}
	b := &bulk{workers: sideBySide}
	if v, given := body.find("failOnErrors"); given {
		if b.failOnErrors, err = strconv.Atoi(wordOf(v)); err != nil || b.failOnErrors < 1 {
			return nil, refuse(scimerrors.ScimTypeInvalidValue, "failOnErrors: expected an integer from 1 on")
		}
		b.workers = 1 // so that nothing is done after the error that ends it
	}
	v, _ := body.find("Operations")
	list, ok := v.([]any)
	if !ok {
		return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "Operations: expected an array")
	}
	for _, v := range list {
		b.tasks = append(b.tasks, newTask(v))
	}
	b.plan()
	return b, nil
}

// newTask reads one operation; one that cannot be read is a task that has failed.
func newTask(v any) *task {
	t := &task{}
	in, ok := v.(*object)
	if !ok {
		return t.fail(refuse(scimerrors.ScimTypeInvalidSyntax, "expected an object with method, path and data"))
	}
	for name, into := range map[string]*string{"method": &t.method, "bulkId": &t.bulkID, "version": &t.version, "path": &t.path} {
		v, given := in.find(name)
		if *into, ok = v.(string); !ok && given {
			t.fail(refuse(scimerrors.ScimTypeInvalidValue, "%s: expected a string", name))
		}
	}
	data, _ := in.find("data")
	t.data, _ = data.(*object)
	t.method = strings.ToUpper(t.method)
	return t.check()
}

func (t *task) fail(err error) *task {
	if !t.done {
		t.err, t.done = err, true
	}
	return t
}

// check holds an operation to what Bulk asks of it beyond what its route does.
func (t *task) check() *task {
	switch {
	case !writable(t.method, t.path):
		return t.fail(refuse(scimerrors.ScimTypeInvalidValue, "method, path: nothing can be written with %s %s in a bulk request", clip(t.method), clip(t.path)))
	case t.method == http.MethodPost && t.bulkID == "":
		return t.fail(refuse(scimerrors.ScimTypeInvalidValue, "bulkId: required with POST"))
	case t.method != http.MethodDelete && t.data == nil:
		return t.fail(refuse(scimerrors.ScimTypeInvalidValue, "data: expected an object"))
	}
	return t
}

// writable says whether a bulk request may hold the method and the path: those that write a user or a group. Bulk is
// not nested.
func writable(method, path string) bool {
	for _, rt := range []*resourceType{userType, groupType} {
		if path == rt.endpoint {
			return method == http.MethodPost
		}
		if id, ok := match(rt.endpoint+"/{id}", path); ok {
			return slices.Contains([]string{http.MethodPut, http.MethodPatch, http.MethodDelete}, method) && !strings.ContainsAny(id, "?#")
		}
	}
	return false
}

// runBulk does the operations. checkpoint is called when some are about to begin and when all are done; its error ends
// the run with the rest not begun. It reports whether the run came to its end.
func (s *server) runBulk(x *exchange, b *bulk, checkpoint func() error) bool {
	for rest := b.order; len(rest) > 0; {
		stage := rest[:min(len(rest), abreast)]
		for _, t := range stage {
			t.announced = true
		}
		if checkpoint() != nil {
			for _, t := range stage {
				t.announced = false
			}
			return false
		}
		if s.doStage(x, b, stage) {
			break
		}
		rest = rest[len(stage):]
	}
	s.completeBulk(x, b, true)
	return true
}

// doStage does some operations in their order, as far as it counts. It reports whether the client wants no more.
func (s *server) doStage(x *exchange, b *bulk, stage []*task) (enough bool) {
	for len(stage) > 0 && !enough {
		n := b.abreast(stage)
		enough = s.doTasks(x, b, stage[:n])
		stage = stage[n:]
	}
	return enough
}

// doTasks does some operations side by side. It reports whether the client wants no more after these.
func (s *server) doTasks(x *exchange, b *bulk, tasks []*task) (enough bool) {
	var wg sync.WaitGroup
	next := make(chan *task)
	for range min(b.workers, len(tasks)) {
		wg.Go(func() {
			for t := range next {
				s.doTask(x, t)
			}
		})
	}
	for _, t := range tasks {
		t.begun = true
		next <- t
	}
	close(next)
	wg.Wait()
	s.completeBulk(x, b, false)
	return b.failOnErrors > 0 && b.failures() >= b.failOnErrors
}

func (b *bulk) failures() int {
	n := 0
	for _, t := range b.tasks {
		if t.begun && t.err != nil {
			n++
		}
	}
	return n
}

// doTask does one operation as if it had come by itself.
func (s *server) doTask(x *exchange, t *task) {
	if t.done {
		return
	}
	path, data, err := t.resolved(t.lacking)
	if err != nil {
		t.fail(err)
		return
	}
	t.answer, t.err = s.operate(x, t.method, path, t.version, data)
	s.logFault(x.Request, t.err)
	t.done = true
	if !s.rehearsing {
		t.answer.doc = nil
	}
	t.id = t.answer.location[strings.LastIndexByte(t.answer.location, '/')+1:]
	if t.answer.location == "" && t.err == nil {
		t.answer.location = s.config.BaseURL + path
	}
}

// operate sends one request through its route.
func (s *server) operate(x *exchange, method, path, version string, data *object) (answer, error) {
	r := (&http.Request{Method: method, URL: &url.URL{Path: s.prefix + path}, Header: http.Header{}}).WithContext(context.WithoutCancel(x.Context()))
	if version != "" {
		r.Header.Set("If-Match", version)
	}
	inner := *x
	inner.Request, inner.data, inner.query = r, data, url.Values{}
	if method != http.MethodGet && strings.HasPrefix(path, groupType.endpoint) {
		inner.query.Set("excludedAttributes", "members") // nobody is shown them
	}
	handle, err := s.route(http.Header{}, &inner)
	if err != nil {
		return answer{}, err
	}
	if s.rehearsing && method != http.MethodGet {
		return s.rehearsed(&inner, handle)
	}
	return handle(s, &inner)
}

// abreast counts the tasks that may be done side by side with the first: hires whose names and codes are all different,
// which have the same outcome in any order. RFC 7644 §3.7: the result must be that of the order sent.
func (b *bulk) abreast(tasks []*task) int {
	taken := map[string]bool{}
	for i, t := range tasks[:min(len(tasks), abreast)] {
		names, alone := t.names()
		if alone || slices.ContainsFunc(names, func(n string) bool { return taken[n] }) || slices.ContainsFunc(t.refs, (*task).pending) {
			return max(i, 1)
		}
		for _, n := range names {
			taken[n] = true
		}
		if b.workers == 1 {
			return 1
		}
	}
	return min(len(tasks), abreast)
}

func (t *task) pending() bool { return !t.done }

// names are what a hire claims for itself: user name, external id and fiscal code, all compared as the store does or
// more broadly. alone says that the task is no hire.
func (t *task) names() (names []string, alone bool) {
	if t.method != http.MethodPost || t.path != userType.endpoint || t.lacking != nil {
		return nil, true
	}
	doc, err := userType.document(t.data, lenient)
	if err != nil {
		return nil, false // it will be refused
	}
	for _, name := range []string{doc.text("userName"), doc.text("externalId"), doc.child(urnVarcoUser).text("fiscalCode")} {
		if code, err := registry.ParseFiscalCode(name); err == nil {
			name = string(code.Folded())
		}
		if name != "" {
			names = append(names, strings.ToUpper(name))
		}
	}
	return names, false
}

// bulkResponse is what became of the operations that were begun, in the order of the request.
func (s *server) bulkResponse(b *bulk) *object {
	list := []any{}
	for _, t := range b.tasks {
		if t.begun {
			list = append(list, s.taskResponse(t))
		}
	}
	return &object{members: []member{{"schemas", []any{urnBulkResponse}}, {"Operations", list}}}
}

// taskResponse is one operation's answer: its status as a string and, of a refusal, all that a single request would
// have been told. RFC 7644 §3.7.3
func (s *server) taskResponse(t *task) *object {
	out := obj("method", t.method, "bulkId", t.bulkID, "location", t.answer.location, "version", t.answer.version)
	if s.rehearsing && t.method == http.MethodPost {
		out.set("location", nil) // it is not there
	}
	if t.err == nil {
		out.set("response", t.answer.doc)
		out.set("status", strconv.Itoa(t.answer.status))
		return out
	}
	told := scimError(t.err)
	out.set("status", strconv.Itoa(told.Status))
	out.set("response", obj("schemas", []any{urnErrorMessage}, "scimType", string(told.ScimType), "detail", told.Detail, "status", strconv.Itoa(told.Status)))
	return out
}

// wordOf is an integer as it was written, as a number or as a text.
func wordOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case interface{ String() string }: // json.Number
		return v.String()
	}
	return ""
}
