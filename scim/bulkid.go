package scim

import (
	"net/http"
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

// References between the operations of a bulk request (RFC 7644 §3.7.2): "bulkId:x" stands for the id of the resource
// that the POST with bulkId x makes, as a value anywhere in data or as the last part of a path.

const bulkIDPrefix = "bulkId:"

// plan finds what each operation refers to and puts the operations into an order in which a reference is known when it
// is needed. Those that refer to each other in a circle are made without one of the references, which is added when
// both are there (RFC 7644 §3.7.1).
func (b *bulk) plan() {
	made := map[string]*task{}
	for _, t := range b.tasks {
		switch {
		case t.bulkID == "" || t.method != http.MethodPost:
		case made[t.bulkID] != nil:
			t.fail(refuse(scimerrors.ScimTypeInvalidValue, "bulkId: %s is given twice", clip(t.bulkID)))
		default:
			made[t.bulkID] = t
		}
	}
	for _, t := range b.tasks {
		t.link(made)
	}
	visits := map[*task]visit{}
	for _, t := range b.tasks {
		b.visit(t, visits)
	}
}

// link finds the tasks that a task refers to.
func (t *task) link(made map[string]*task) {
	var ids []string
	if t.data != nil {
		ids = references(t.data, ids)
	}
	if _, id, ok := strings.Cut(t.path, "/"+bulkIDPrefix); ok {
		ids = append(ids, id)
	}
	for _, id := range ids {
		if made[id] == nil {
			t.fail(refuse(scimerrors.ScimTypeInvalidValue, "%s%s: no POST of this request has this bulkId", bulkIDPrefix, clip(id)))
			return
		}
		t.refs = append(t.refs, made[id])
	}
}

// visit says how far the search for an order has come with a task.
type visit int

const (
	unseen visit = iota
	entered
	left
)

// visit puts a task into the order behind those it refers to. One that was entered and not left refers, maybe by way
// of others, to this task.
func (b *bulk) visit(t *task, visits map[*task]visit) {
	if visits[t] != unseen {
		return
	}
	visits[t] = entered
	for _, ref := range t.refs {
		if visits[ref] == entered {
			if t.lacking == nil {
				t.lacking = map[string]bool{}
				b.partial = append(b.partial, t)
			}
			t.lacking[ref.bulkID] = true
			continue
		}
		b.visit(ref, visits)
	}
	visits[t] = left
	b.order = append(b.order, t)
}

// completeBulk gives the resources that were made without a reference the whole of their data, as soon as what they
// refer to is there: an operation that follows, such as an end, is never undone by what was sent before it. over says
// that no more will be made.
func (s *server) completeBulk(x *exchange, b *bulk, over bool) {
	b.partial = slices.DeleteFunc(b.partial, func(t *task) bool {
		if !over && (t.pending() || slices.ContainsFunc(t.refs, (*task).pending)) {
			return false
		}
		if t.done && t.err == nil {
			s.complete(x, t)
		}
		return true
	})
}

func (s *server) complete(x *exchange, t *task) {
	_, data, err := t.resolved(nil)
	if err == nil {
		var whole answer
		whole, err = s.operate(x, http.MethodPut, t.path+"/"+t.id, "", data)
		t.answer.version = whole.version
	}
	if err != nil { // it is there, without the reference: the client is told where
		t.err = refuseStatus(http.StatusConflict, "made, but not all it refers to could be set: %s", scimError(err).Detail)
	}
}

// resolved is the path and data of a task with ids for references, without those to the lacking.
func (t *task) resolved(lacking map[string]bool) (string, *object, error) {
	ids := map[string]string{}
	for _, ref := range t.refs {
		if lacking[ref.bulkID] {
			continue
		}
		if ref.id == "" {
			return "", nil, refuseStatus(http.StatusConflict, "%s%s: the operation with this bulkId failed", bulkIDPrefix, clip(ref.bulkID))
		}
		ids[ref.bulkID] = ref.id
	}
	path := t.path
	if head, id, ok := strings.Cut(path, "/"+bulkIDPrefix); ok {
		path = head + "/" + ids[id]
	}
	if t.data == nil || len(t.refs) == 0 {
		return path, t.data, nil
	}
	data, _ := resolve(t.data, ids)
	return path, data.(*object), nil
}

// references appends the bulkIds that a value refers to.
func references(v any, ids []string) []string {
	switch v := v.(type) {
	case string:
		if id, ok := strings.CutPrefix(v, bulkIDPrefix); ok {
			return append(ids, id)
		}
	case []any:
		for _, e := range v {
			ids = references(e, ids)
		}
	case *object:
		for _, m := range v.members {
			ids = references(m.value, ids)
		}
	}
	return ids
}

// resolve copies a value with ids for references. What refers to a bulkId without an id is left out, and so is an
// object whose value it is; ok is false then.
func resolve(v any, ids map[string]string) (copied any, ok bool) {
	switch v := v.(type) {
	case string:
		id, refers := strings.CutPrefix(v, bulkIDPrefix)
		if !refers {
			return v, true
		}
		return ids[id], ids[id] != ""
	case []any:
		list := []any{}
		for _, e := range v {
			if e, ok := resolve(e, ids); ok {
				list = append(list, e)
			}
		}
		return list, true
	case *object:
		o := &object{}
		for _, m := range v.members {
			value, ok := resolve(m.value, ids)
			if ok {
				o.members = append(o.members, member{m.name, value})
			} else if sameName(m.name, "value") {
				return nil, false
			}
		}
		return o, true
	}
	return v, true
}
