package scim

import (
	"net/http"
	"slices"
	"time"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

func (s *server) findUsers(x *exchange, p page) (found, error) {
	projection, err := newProjection(userType, x.query)
	if err != nil {
		return found{}, err
	}
	query, err := x.userQuery(p)
	if err != nil {
		return found{}, err
	}
	page, err := s.reg.Collaborators(x.Context(), x.actor, query)
	if err != nil {
		return found{}, err
	}
	periods, err := s.reg.Periods(x.Context(), x.actor, page.Items...)
	if err != nil {
		return found{}, err
	}
	f := found{shown: make([]*object, len(page.Items)), total: page.Total, next: page.Next}
	if query.Uncounted {
		f.total = -1
	}
	now := s.reg.Now()
	seenBy, err := s.seenBy(x, page.Items...)
	if err != nil {
		return found{}, err
	}
	for i, c := range page.Items {
		doc, _, err := s.user(c, seenBy(c), now)
		if err != nil {
			return found{}, err
		}
		showEarlier(doc, periods[c.ID])
		f.shown[i] = projection.apply(doc)
	}
	return f, nil
}

// userQuery is what the registry is asked for a page of users. A page by cursor is not counted.
func (x *exchange) userQuery(p page) (registry.Query, error) {
	query := registry.Query{Company: x.company, Limit: p.count, Text: x.query.Get("filter")}
	if p.byCursor {
		query.After, query.Uncounted = p.from.Position, p.count > 0
	} else {
		query.Offset = p.start - 1
	}
	o, err := x.order(userType)
	if err != nil {
		return query, err
	}
	if query.Order, err = o.ofUsers(); err != nil {
		return query, err
	}
	f, err := x.filter(userType)
	if err == nil && f != nil {
		query.Where, err = compileFilter(f)
	}
	return query, err
}

// seenBy gives the client as each of these collaborators is shown to it: one of the agency has no company of its own
// and sees everybody in theirs.
func (s *server) seenBy(x *exchange, of ...registry.Collaborator) (func(registry.Collaborator) registry.Client, error) {
	if !x.client.Agency {
		return func(registry.Collaborator) registry.Client { return x.client }, nil
	}
	employers, err := s.reg.Employers(x.Context(), x.actor, of)
	return func(c registry.Collaborator) registry.Client {
		client := x.client
		client.Company = employers[c.CompanyID]
		return client
	}, err
}

func (s *server) getUser(x *exchange) (answer, error) {
	p, err := newProjection(userType, x.query)
	if err != nil {
		return answer{}, err
	}
	c, err := s.reg.Collaborator(x.Context(), x.actor, x.company, registry.CollaboratorID(x.id))
	if err != nil {
		return answer{}, err
	}
	return s.showUser(x, http.StatusOK, c, p)
}

func (s *server) showUser(x *exchange, status int, c registry.Collaborator, p projection) (answer, error) {
	seenBy, err := s.seenBy(x, c)
	if err != nil {
		return answer{}, err
	}
	doc, version, err := s.user(c, seenBy(c), s.reg.Now())
	if err != nil {
		return answer{}, err
	}
	periods, err := s.reg.Periods(x.Context(), x.actor, c)
	if err != nil {
		return answer{}, err
	}
	showEarlier(doc, periods[c.ID])
	a := x.resource(status, doc, version, p)
	if status == http.StatusCreated {
		a.location = s.location(userType, string(c.ID))
	}
	return a, nil
}

func (s *server) postUser(x *exchange) (answer, error) {
	p, err := newProjection(userType, x.query)
	if err != nil {
		return answer{}, err
	}
	body, err := x.body()
	if err != nil {
		return answer{}, err
	}
	doc, err := userType.document(body, x.dialect())
	if err == nil {
		err = agreeOnRights(nil, doc)
	}
	if err != nil {
		return answer{}, err
	}
	draft, err := draftOf(doc, registry.Collaborator{})
	if err != nil {
		return answer{}, err
	}
	c, err := s.reg.Hire(x.Context(), x.actor, x.company, draft)
	if err != nil {
		return answer{}, err
	}
	return s.showUser(x, http.StatusCreated, c, p)
}

// putUser replaces a user. What the body does not name is unassigned (RFC 7644 §3.5.1), except what a client that
// knows nothing of it must not undo: active, entitlements, the attributes of our own extension, and the whole
// enterprise extension (REQUIREMENTS C.3).
func (s *server) putUser(x *exchange) (answer, error) {
	body, err := x.body()
	if err != nil {
		return answer{}, err
	}
	doc, err := userType.document(body, x.dialect())
	if err != nil {
		return answer{}, err
	}
	return s.amendUser(x, func(current *object, now time.Time) (*object, error) {
		next := clone(doc).(*object)
		for _, name := range []string{"entitlements", "roles", urnEnterprise} {
			if next.get(name) == nil && !userType.named(body, name) && !explicit(body, name) {
				next.set(name, current.get(name))
			}
		}
		keepOurs(next, current, body)
		if next.get("active") == false {
			leaveAsEnded(next, current, now)
		}
		return next, agreeOnRights(current, next)
	}, doc.get("active") != nil, http.StatusOK)
}

// keepOurs leaves the attributes of our extension that the body does not name as they are.
func keepOurs(next, current, body *object) {
	v, _ := body.find(urnVarcoUser)
	named, _ := v.(*object)
	for name, a := range userType.extended[urnVarcoUser] {
		if a.in(next) == nil && (named == nil || !explicit(named, name)) {
			a.put(next, a.in(current))
		}
		for _, in := range []*object{named, body} { // under the extension's name or, leniently, beside it
			if in != nil {
				a.keepParts(next, current, in)
			}
		}
	}
}

// keepParts does the same for the parts of an object that was named in a body: an end that is known is not taken back
// by silence.
func (a *attribute) keepParts(next, current, in *object) {
	if a.readOnly() || a.MultiValued() {
		return
	}
	v, _ := in.find(a.name)
	said, isObject := v.(*object)
	was, known := a.in(current).(*object)
	if !isObject || !known {
		return
	}
	whole := clone(was).(*object)
	for _, sub := range a.sub {
		if explicit(said, sub.name) {
			whole.set(sub.name, nil)
		}
	}
	if now, ok := a.in(next).(*object); ok {
		for _, m := range now.members {
			whole.set(m.name, m.value)
		}
	}
	a.put(next, whole)
}

func (s *server) patchUser(x *exchange) (answer, error) {
	body, err := x.body()
	if err != nil {
		return answer{}, err
	}
	changes, err := decodePatch(userType, body, x.dialect())
	if err != nil {
		return answer{}, err
	}
	a, err := s.amendUser(x, func(current *object, now time.Time) (*object, error) {
		next, err := patch(current, changes)
		if err != nil {
			return nil, err
		}
		if next.get("active") == false && says(changes, "active") {
			leaveAsEnded(next, current, now)
		}
		mergeRights(current, next)
		return next, stillSaid(next)
	}, says(changes, "active"), http.StatusNoContent)
	return a, blame(changes, err)
}

// leaveAsEnded completes a request that says active false itself. It grants nothing, whatever entitlements stand beside
// it, well written or not: nobody stays in because of them. And where the employment has ended already, which is what
// the same request sent again finds, it takes back no end: one that lies ahead gives way to the one that has come.
func leaveAsEnded(next, current *object, now time.Time) {
	next.set("entitlements", nil)
	next.set("roles", nil)
	was, wanted := current.child(urnVarcoUser).child("employment"), next.child(urnVarcoUser).child("employment")
	end, err := endOf(endDateAttr, wanted.text("endDate"))
	if err == nil && current.get("active") == false && end.After(now) {
		wanted.set("endDate", was.get("endDate"))
	}
}

// says tells whether one of the changes is to the attribute.
func says(changes []change, name string) bool {
	return slices.ContainsFunc(changes, func(c change) bool { return c.attr.name == name })
}

// stillSaid refuses a PATCH that removes what is never without a value. To pass over it would be to say that an end, or
// the withdrawal of an authorisation, that was sent badly was done.
func stillSaid(next *object) error {
	name := ""
	switch {
	case next.get("active") == nil:
		name = "active"
	case next.child(urnVarcoUser).child("processing").get("authorised") == nil:
		name = "processing.authorised"
	default:
		return nil
	}
	return refuse(scimerrors.ScimTypeInvalidValue, "%s: expected true or false, it cannot be removed", name)
}

// amendUser changes a user through the registry's one verb for it. edit turns the document as it stands into the one
// wanted and may run again. said tells whether the client sent active itself. unchanged is the status when there was nothing to change.
func (s *server) amendUser(x *exchange, edit func(*object, time.Time) (*object, error), said bool, unchanged int) (answer, error) {
	p, err := newProjection(userType, x.query)
	if err != nil {
		return answer{}, err
	}
	id := registry.CollaboratorID(x.id)
	c, changed, err := s.reg.Amend(x.Context(), x.actor, x.company, id, s.userEdit(x, edit, said))
	if err != nil {
		return answer{}, err
	}
	if !changed && unchanged == http.StatusNoContent && p.all() {
		return answer{status: unchanged}, nil
	}
	return s.showUser(x, http.StatusOK, c, p)
}

func (s *server) userEdit(x *exchange, edit func(*object, time.Time) (*object, error), said bool) registry.Edit {
	return func(c registry.Collaborator, now time.Time) (registry.Draft, error) {
		current, version, err := s.user(c, x.client, now)
		if err != nil {
			return registry.Draft{}, err
		}
		if err := x.expects(version); err != nil {
			return registry.Draft{}, err
		}
		next, err := edit(current, now)
		if err != nil {
			return registry.Draft{}, asRefusal(err)
		}
		if next.get("active") == nil { // only a value says who works here, never its absence
			next.set("active", current.get("active"))
		}
		draft, err := draftOf(next, c)
		draft.Stays = said && draft.Active
		return draft, asRefusal(err)
	}
}

func (s *server) deleteUser(x *exchange) (answer, error) {
	id := registry.CollaboratorID(x.id)
	err := s.reg.Delete(x.Context(), x.actor, x.company, id, func(c registry.Collaborator, now time.Time) error {
		_, version, err := s.user(c, x.client, now)
		if err != nil {
			return err
		}
		return x.expects(version)
	})
	return answer{status: http.StatusNoContent}, err
}
