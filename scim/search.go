package scim

import (
	"encoding/json"
	"net/url"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

const (
	searchPath       = "/.search"
	urnSearchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
)

// search answers a SearchRequest with the list it asks for. RFC 7644 §3.4.3
func search(list func(*server, *exchange) (answer, error)) func(*server, *exchange) (answer, error) {
	return func(s *server, x *exchange) (answer, error) {
		body, err := x.body()
		if err != nil {
			return answer{}, err
		}
		if err := checkMessage(body, urnSearchRequest); err != nil {
			return answer{}, err
		}
		if x.query, err = searchQuery(body); err != nil {
			return answer{}, err
		}
		return list(s, x)
	}
}

// searchQuery is the query string that says what a SearchRequest does. What it does not know could have narrowed the
// search, so it is refused.
func searchQuery(body *object) (url.Values, error) {
	query := url.Values{}
	for _, m := range body.members {
		name := parameter(m.name)
		var text string
		var ok bool
		switch name {
		case "attributes", "excludedAttributes":
			text, ok = namesOf(m.value)
		case "filter", "sortBy", "sortOrder", "cursor":
			text, ok = m.value.(string)
		case "startIndex", "count":
			var n json.Number
			n, ok = m.value.(json.Number)
			text = n.String()
		default:
			if strings.EqualFold(m.name, "schemas") {
				continue
			}
			return nil, refuse(scimerrors.ScimTypeInvalidSyntax, "%s: no part of a SearchRequest", clip(m.name))
		}
		if m.value == nil {
			continue
		}
		if !ok {
			return nil, refuse(scimerrors.ScimTypeInvalidValue, "%s: a value of this type is not allowed", name)
		}
		query.Set(name, text)
	}
	return query, nil
}

// namesOf joins a list of attribute names, or takes them as they stand in one text.
func namesOf(v any) (string, bool) {
	list, ok := v.([]any)
	if !ok {
		text, isText := v.(string)
		return text, isText
	}
	names := make([]string, len(list))
	for i, e := range list {
		if names[i], ok = e.(string); !ok {
			return "", false
		}
	}
	return strings.Join(names, ","), true
}

// searchAll lists resources of every type, one type after the other. A type that lacks an attribute of the filter has
// nothing that could match; an attribute that no type has is refused (RFC 7644 §3.4.2.1).
func (s *server) searchAll(x *exchange) (answer, error) {
	p, err := s.page(x)
	if err != nil {
		return answer{}, err
	}
	var f expr
	if x.query.Has("filter") {
		if f, err = x.dialect().parseFilter(x.query.Get("filter")); err != nil {
			return answer{}, err
		}
	}
	asked, err := findersFor(f)
	if err != nil {
		return answer{}, err
	}
	if p.byCursor {
		return s.searchByCursor(x, p, asked)
	}
	return s.searchByIndex(x, p, asked)
}

func (s *server) searchByIndex(x *exchange, p page, asked []finder) (answer, error) {
	var all found
	rest := p
	for _, f := range asked {
		some, err := f.find(s, x, rest)
		if err != nil {
			return answer{}, err
		}
		all.shown = append(all.shown, some.shown...)
		all.total += some.total
		rest.start = max(p.start-all.total, 1)
		rest.count = p.count - len(all.shown)
	}
	return listAnswer(p, all, ""), nil
}

func (s *server) searchByCursor(x *exchange, p page, asked []finder) (answer, error) {
	all := found{total: -1}
	rest := p
	for i, f := range asked {
		if rest.from.Type != "" && rest.from.Type != f.rt.name {
			continue
		}
		some, err := f.find(s, x, rest)
		if err != nil {
			return answer{}, err
		}
		all.shown = append(all.shown, some.shown...)
		rest.from, rest.count = cursor{}, p.count-len(all.shown)
		switch {
		case some.next != nil:
			return listAnswer(p, all, s.nextCursor(x, cursor{Type: f.rt.name, Position: some.next})), nil
		case rest.count == 0 && i+1 < len(asked):
			return listAnswer(p, all, s.nextCursor(x, cursor{Type: asked[i+1].rt.name})), nil
		}
	}
	return listAnswer(p, all, ""), nil
}

// findersFor are the finders of the types that have every attribute of a filter.
func findersFor(f expr) ([]finder, error) {
	asked := finders
	for _, path := range pathsIn(f) {
		var having []finder
		known := false
		for _, one := range finders {
			known = known || one.rt.find(path.urn, path.name) != nil
		}
		if !known {
			return nil, refuse(scimerrors.ScimTypeInvalidFilter, "%s: no such attribute", path)
		}
		for _, one := range asked {
			if one.rt.find(path.urn, path.name) != nil {
				having = append(having, one)
			}
		}
		asked = having
	}
	return asked, nil
}

// pathsIn are the attributes a filter names, those in brackets aside.
func pathsIn(e expr) []attrPath {
	switch e := e.(type) {
	case andExpr:
		return pathsOfAll(e)
	case orExpr:
		return pathsOfAll(e)
	case notExpr:
		return pathsIn(e.expr)
	case valuePath:
		return []attrPath{e.path}
	case comparison:
		return []attrPath{e.path}
	}
	return nil
}

func pathsOfAll(list []expr) []attrPath {
	var paths []attrPath
	for _, e := range list {
		paths = append(paths, pathsIn(e)...)
	}
	return paths
}
