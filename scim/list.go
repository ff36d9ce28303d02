package scim

import (
	"net/http"
	"strconv"

	scimerrors "github.com/elimity-com/scim/errors"
)

const (
	urnList      = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	defaultCount = 100
	maxCount     = 200 // published as filter.maxResults
)

// page is the part of a list that is asked for. RFC 7644 §3.4.2.4
type page struct {
	start int // from 1
	count int
}

func (x *exchange) page() (page, error) {
	start, err := x.integer("startIndex", 1)
	if err != nil {
		return page{}, err
	}
	count, err := x.integer("count", defaultCount)
	return page{max(start, 1), min(max(count, 0), maxCount)}, err
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

// of cuts the page out of a list that is held in memory.
func (p page) of(all []*object) []*object {
	from := min(p.start-1, len(all))
	return all[from:min(from+p.count, len(all))]
}

// listAnswer is a ListResponse; Resources is there even when it is empty.
func listAnswer(p page, total int, resources []*object) answer {
	list := make([]any, len(resources))
	for i, r := range resources {
		list[i] = r
	}
	return answer{status: http.StatusOK, doc: &object{members: []member{
		{"schemas", []any{urnList}},
		{"totalResults", total},
		{"startIndex", p.start},
		{"itemsPerPage", len(list)},
		{"Resources", list},
	}}}
}

// filter parses the query's filter; nil when there is none.
func (x *exchange) filter() (expr, error) {
	if !x.query.Has("filter") {
		return nil, nil
	}
	return parseFilter(x.query.Get("filter"))
}

// listInMemory answers a list of resources that are few: all are at hand, filtered here and cut into pages. resolve,
// if there is one, first rewrites what a filter asks about an attribute that is not at hand.
func (x *exchange) listInMemory(rt *resourceType, all []*object, resolve func(expr) (expr, error)) (page, []*object, int, error) {
	p, err := x.page()
	if err != nil {
		return p, nil, 0, err
	}
	f, err := x.filter()
	if err == nil && f != nil && resolve != nil {
		f, err = resolve(f)
	}
	if err != nil {
		return p, nil, 0, err
	}
	var found []*object
	for _, doc := range all {
		yes, err := true, error(nil)
		if f != nil {
			yes, err = holds(f, rt.lookupIn(doc))
		}
		if err != nil {
			return p, nil, 0, err
		}
		if yes {
			found = append(found, doc)
		}
	}
	return p, p.of(found), len(found), nil
}
