package store_test

import (
	"cmp"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// Pages that follow each other give everybody once, in the order asked for, whoever comes and goes between them.
func TestPagesFollowEachOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		run := 0
		rapid.Check(t, func(rt *rapid.T) {
			run++
			crowd := newCrowd(rt, s, run)
			q := registry.Query{Company: crowd.company, At: drawInstant(rt, "at"), Limit: rapid.IntRange(1, 4).Draw(rt, "limit"), Uncounted: true,
				Order: registry.Order{Field: drawOrder(rt), Descending: rapid.Bool().Draw(rt, "descending")}}
			want := slices.Clone(crowd.members)
			slices.SortStableFunc(want, func(a, b registry.Collaborator) int { return inOrderOf(q, a, b) })
			var got []registry.CollaboratorID
			for {
				page, err := crowd.search(q)
				if err != nil {
					rt.Fatal(err)
				}
				if n := len(page.Items); n > q.Limit || n < q.Limit && page.Next != nil || page.Total != 0 {
					rt.Fatalf("a page of %d with %d items, %v follows, total %d", q.Limit, n, page.Next, page.Total)
				}
				got = append(got, ids(page.Items)...)
				if page.Next == nil {
					break
				}
				q.After = page.Next
			}
			if !reflect.DeepEqual(got, ids(want)) {
				rt.Fatalf("%+v: got %v, want %v", q.Order, got, ids(want))
			}
		})
	})
}

func drawOrder(rt *rapid.T) registry.Field {
	orders := []registry.Field{nil}
	for _, f := range fields {
		if f.Type() != registry.Reference {
			orders = append(orders, f)
		}
	}
	return rapid.SampledFrom(orders).Draw(rt, "order")
}

// inOrderOf compares two collaborators in the order of a query.
func inOrderOf(q registry.Query, a, b registry.Collaborator) int {
	f := q.Order.Field
	if f == nil {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	}
	hasA, hasB := present(f, a, q.At), present(f, b, q.At)
	sign := 0
	switch {
	case hasA != hasB && hasA:
		sign = -1
	case hasA != hasB:
		sign = 1
	case !hasA:
	case f.Type() == registry.Boolean:
		sign = cmp.Compare(number(!a.Over(q.At)), number(!b.Over(q.At)))
	case f.Type() == registry.Instant:
		sign = instantOf(f, a).Compare(instantOf(f, b))
	default:
		sign = cmp.Compare(folded(f, a), folded(f, b))
	}
	if q.Order.Descending {
		sign = -sign
	}
	return cmp.Or(sign, cmp.Compare(a.ID, b.ID))
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// A query of no company is one of every company, by company and creation.
func TestEveryCompany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		second := w.company
		second.ID, second.FiscalCode = "a-company-before", "00000000002"
		there := w.someone("z", "USER")
		there.CompanyID, there.HomeUnit = second.ID, ""
		w.must(func(tx registry.Tx) error { return first(tx.InsertCompany(second), tx.InsertCollaborator(there)) })
		q := registry.Query{At: noon, Limit: 1, Uncounted: true}
		var got []registry.CollaboratorID
		for more := true; more; more = q.After != nil {
			page := read(w, func(rd registry.Reader) (registry.Page, error) { return rd.Collaborators(q) })
			got, q.After = append(got, ids(page.Items)...), page.Next
		}
		if want := []registry.CollaboratorID{"z", "collaborator-a"}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		byName := registry.Query{At: noon, Limit: 5, Where: registry.Compare{Field: registry.FieldUserName, Op: registry.NotEqual, Value: ""}}
		if page := read(w, func(rd registry.Reader) (registry.Page, error) { return rd.Collaborators(byName) }); page.Total != 2 {
			t.Errorf("found %d in every company, want 2", page.Total)
		}
	})
}
