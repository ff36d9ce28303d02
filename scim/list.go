package scim

import (
	"net/http"
	"slices"
	"strconv"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

const (
	urnList      = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	defaultCount = 100
	maxCount     = 200 // published as filter.maxResults
)

// finder finds the resources of one type.
type finder struct {
	rt   *resourceType
	find func(*server, *exchange, page) (found, error)
}

// The finders; a query of the base URL asks them in this order.
var (
	users        = finder{userType, (*server).findUsers}
	groups       = finder{groupType, (*server).findGroups}
	entitlements = finder{entitlementType, findRights(entitlementType)}
	// The same once more under other names, so that a search of everything leaves them out.
	roles    = finder{roleType, findRights(roleType)}
	profiles = finder{oktaType, findRights(oktaType)}
	finders  = []finder{users, groups, entitlements}
)

// page is the part of a list that is asked for: by index (RFC 7644 §3.4.2.4) or by cursor (RFC 9865).
type page struct {
	start    int // from 1
	count    int
	byCursor bool
	from     cursor // where a page by cursor begins
}

// found is a page of resources, as they will be shown.
type found struct {
	shown []*object
	total int                // of the whole list; of a page by cursor -1 where it was not counted
	next  *registry.Position // of the last one, when others follow; known of a page by cursor
}

// list answers with a page of one type.
func (f finder) list(s *server, x *exchange) (answer, error) {
	p, err := s.page(x)
	if err != nil {
		return answer{}, err
	}
	found, err := f.find(s, x, p)
	if err != nil {
		return answer{}, err
	}
	if found.next == nil {
		return listAnswer(p, found, ""), nil
	}
	return listAnswer(p, found, s.nextCursor(x, cursor{Type: f.rt.name, Position: found.next})), nil
}

func (s *server) nextCursor(x *exchange, at cursor) string {
	at.Until = s.reg.Now().Add(cursorLife).Unix()
	return s.cursors.write(at, x.bound())
}

// page reads what part of the list is wanted. Without startIndex and cursor it is by index.
func (s *server) page(x *exchange) (page, error) {
	if x.query.Has("cursor") {
		return s.cursorPage(x)
	}
	start, err := x.integer("startIndex", 1)
	if err != nil {
		return page{}, err
	}
	count, err := x.integer("count", defaultCount)
	return page{start: max(start, 1), count: min(max(count, 0), maxCount)}, err
}

func (s *server) cursorPage(x *exchange) (page, error) {
	p := page{byCursor: true}
	if x.query.Has("startIndex") {
		return p, refuse(scimerrors.ScimTypeInvalidValue, "startIndex and cursor exclude each other")
	}
	var err error
	if p.count, err = x.integer("count", defaultCount); err != nil || p.count < 0 || p.count > maxCount {
		return p, refuse(invalidCount, "count: expected an integer from 0 to %d", maxCount)
	}
	if text := x.query.Get("cursor"); text != "" {
		p.from, err = s.cursors.read(text, x.bound(), s.reg.Now())
	}
	return p, err
}

func (x *exchange) integer(name string, absent int) (int, error) {
	s := x.query.Get(name)
	if s == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0, refuse(scimerrors.ScimTypeInvalidValue, "%s: expected an integer", name)
	}
	return int(n), nil
}

// listAnswer is a ListResponse; Resources is there even when it is empty.
func listAnswer(p page, f found, next string) answer {
	list := make([]any, len(f.shown))
	for i, r := range f.shown {
		list[i] = r
	}
	doc := &object{members: make([]member, 0, 6)}
	doc.members = append(doc.members, member{"schemas", []any{urnList}})
	if f.total >= 0 { // RFC 9865 §2: may be left out of a page by cursor
		doc.members = append(doc.members, member{"totalResults", f.total})
	}
	if !p.byCursor {
		doc.members = append(doc.members, member{"startIndex", p.start})
	}
	doc.members = append(doc.members, member{"itemsPerPage", len(list)})
	if next != "" {
		doc.members = append(doc.members, member{"nextCursor", next})
	}
	doc.members = append(doc.members, member{"Resources", list})
	return answer{status: http.StatusOK, doc: doc}
}

// filter parses the query's filter on resources of a type; nil when there is none.
func (x *exchange) filter(rt *resourceType) (expr, error) {
	if !x.query.Has("filter") {
		return nil, nil
	}
	e, err := x.dialect().parseFilter(x.query.Get("filter"))
	if err != nil {
		return nil, err
	}
	return e, x.dialect().filter(e, rt.at, scimerrors.ScimTypeInvalidFilter)
}

// findAmong finds resources that are few: all are at hand, filtered here, put in order and cut into pages. resolve, if
// there is one, first rewrites what a filter asks about an attribute that is not at hand.
func (x *exchange) findAmong(rt *resourceType, all []*object, p page, resolve func(expr) (expr, error)) (found, error) {
	o, err := x.order(rt)
	if err != nil {
		return found{}, err
	}
	matching, err := x.among(rt, all, resolve)
	if err != nil {
		return found{}, err
	}
	sorted := o.sorted(matching)
	total := len(sorted)
	if p.byCursor {
		return o.pageAfter(sorted, p), nil
	}
	from := min(p.start-1, total)
	return found{shown: documents(sorted[from:min(from+p.count, total)]), total: total}, nil
}

// among are the resources that meet the query's filter.
func (x *exchange) among(rt *resourceType, all []*object, resolve func(expr) (expr, error)) ([]*object, error) {
	f, err := x.filter(rt)
	if err != nil || f == nil {
		return all, err
	}
	if resolve != nil {
		if f, err = resolve(f); err != nil {
			return nil, err
		}
	}
	if _, err := holds(f, rt.lookupIn(&object{})); err != nil { // a wrong filter is refused even if there is nothing to find
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(doc *object) bool {
		yes, err := holds(f, rt.lookupIn(doc))
		return !yes || err != nil
	}), nil
}
