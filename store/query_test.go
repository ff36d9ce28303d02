package store_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varco/registry"
	"varco/store"
	"varco/store/storetest"
)

// What SQL answers is what the filter says of each collaborator as it is read.
func TestFiltersAnswerWhatTheySay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		run := 0
		rapid.Check(t, func(rt *rapid.T) {
			run++
			crowd := newCrowd(rt, s, run)
			for range 8 {
				f := drawFilter(rt, crowd, 3)
				at := drawInstant(rt, "at")
				var want []registry.CollaboratorID
				for _, c := range crowd.members {
					if holds(f, c, at) {
						want = append(want, c.ID)
					}
				}
				page, err := crowd.search(registry.Query{Company: crowd.company, Where: f, At: at, Limit: 50})
				if err != nil {
					rt.Fatalf("%#v: %v", f, err)
				}
				if got := ids(page.Items); !reflect.DeepEqual(got, want) || page.Total != len(want) {
					rt.Fatalf("%#v at %s: got %v of %d, want %v", f, at, got, page.Total, want)
				}
			}
		})
	})
}

// crowd is a company with a few collaborators.
type crowd struct {
	store   *store.Store
	company registry.CompanyID
	codes   []registry.FiscalCode // of the people, in their order
	members []registry.Collaborator
}

var profiles = []registry.ProfileCode{"amministratore", "co-sare-gestione"}

const runes = "aAbBàÀß%_\\'\"€😀İ "

func newCrowd(rt *rapid.T, s *store.Store, run int) *crowd {
	c := &crowd{store: s, company: registry.CompanyID(fmt.Sprint("company-", run))}
	var people []registry.Person
	for i := range 3 {
		p := registry.Person{ID: registry.PersonID(fmt.Sprint("person-", run, "-", i)), FiscalCode: code(run*10 + i), CreatedAt: noon}
		if rapid.Bool().Draw(rt, "entered") {
			p.FirstAccessAt = drawInstant(rt, "first access")
		}
		people, c.codes = append(people, p), append(c.codes, p.FiscalCode)
	}
	err := s.Update(context.Background(), func(tx registry.Tx) error {
		if err := c.fill(rt, tx, people, run); err != nil {
			return err
		}
		page, err := tx.Collaborators(registry.Query{Company: c.company, Limit: 50})
		c.members = page.Items
		return err
	})
	if err != nil {
		rt.Fatal(err)
	}
	return c
}

// fill writes people without their first access first, so that it is an update
// that ends a wait as often as an insert that finds it ended.
func (c *crowd) fill(rt *rapid.T, tx registry.Tx, people []registry.Person, run int) error {
	err := tx.InsertCompany(registry.Company{
		ID: c.company, FiscalCode: registry.CompanyCode(fmt.Sprintf("%011d", run)), Name: "c", State: registry.CompanyActive, CreatedAt: noon, UpdatedAt: noon, Version: 1,
	})
	units := []registry.Unit{c.unit(run, "A.1"), c.unit(run, "b_2")}
	errs := []error{err, tx.InsertUnit(units[0]), tx.InsertUnit(units[1])}
	for _, p := range people {
		blank := p
		blank.FirstAccessAt = time.Time{}
		errs = append(errs, tx.InsertPerson(blank))
	}
	errs = append(errs, tx.UpdatePerson(people[0]))
	for i := range rapid.IntRange(0, 6).Draw(rt, "members") {
		errs = append(errs, c.join(rt, tx, i, people, units))
	}
	errs = append(errs, tx.UpdatePerson(people[1]), tx.UpdatePerson(people[2]))
	if rapid.Bool().Draw(rt, "unit closed") {
		u := units[1]
		u.ClosedAt, u.Version = noon, 2
		errs = append(errs, tx.UpdateUnit(u))
	}
	return first(errs...)
}

func (c *crowd) unit(run int, name string) registry.Unit {
	return registry.Unit{ID: registry.UnitID(fmt.Sprint(name, run)), CompanyID: c.company, Code: name, Name: name, CreatedAt: noon, UpdatedAt: noon, Version: 1}
}

func (c *crowd) join(rt *rapid.T, tx registry.Tx, i int, people []registry.Person, units []registry.Unit) error {
	text := rapid.StringOfN(rapid.RuneFrom([]rune(runes)), 0, 4, -1)
	m := registry.Collaborator{
		ID: registry.CollaboratorID(fmt.Sprint(c.company, "-", i)), CompanyID: c.company,
		UserName: fmt.Sprint(i, text.Draw(rt, "user name")), DisplayName: text.Draw(rt, "display name"),
		GivenName: text.Draw(rt, "given name"), FamilyName: text.Draw(rt, "family name"),
		CreatedAt: noon.Add(time.Duration(i) * time.Hour), UpdatedAt: drawInstant(rt, "updated"), Version: 1,
		Employment: registry.Employment{OpenedAt: drawInstant(rt, "opened"), Relationship: registry.EmployeeRelationship},
	}
	if ext := text.Draw(rt, "external id"); ext != "" {
		m.ExternalID = fmt.Sprint(ext, i)
	}
	if i < len(people) && rapid.Bool().Draw(rt, "known") {
		m.PersonID = people[i].ID
	}
	m.HomeUnit = rapid.SampledFrom([]registry.UnitID{"", units[0].ID, units[1].ID}).Draw(rt, "home")
	maybe := func(label string) (at time.Time) {
		if rapid.Bool().Draw(rt, "has "+label) {
			at = drawInstant(rt, label)
		}
		return at
	}
	m.Employment.Start, m.Employment.End, m.Employment.ClosedAt = maybe("start"), maybe("end"), maybe("closed")
	var grants []registry.Grant
	for _, p := range profiles {
		for _, u := range []registry.UnitID{"", units[1].ID} {
			if rapid.Bool().Draw(rt, "granted") {
				grants = append(grants, registry.Grant{
					ID: registry.GrantID(fmt.Sprint(m.ID, p, u)), CollaboratorID: m.ID, Profile: p, UnitID: u, GrantedAt: noon, GrantedBy: "x", EndedAt: maybe("grant end"),
				})
			}
		}
	}
	return first(tx.InsertCollaborator(m), tx.InsertGrants(grants))
}

func (c *crowd) search(q registry.Query) (page registry.Page, err error) {
	err = c.store.View(context.Background(), func(rd registry.Reader) (err error) {
		page, err = rd.Collaborators(q)
		return err
	})
	return page, err
}

// fields are those that are drawn here; a test of scim draws the others, and the parts of the card.
var fields = []registry.Field{
	registry.FieldID, registry.FieldUserName, registry.FieldExternalID, registry.FieldDisplayName, registry.FieldGivenName,
	registry.FieldFamilyName, registry.FieldActive, registry.FieldFiscalCode, registry.FieldDepartment, registry.FieldGroup,
	registry.FieldEntitlement, registry.FieldCreated, registry.FieldModified, registry.FieldStart, registry.FieldEnd,
}

// drawInstant draws from few instants, so that they meet, fifteen days apart.
func drawInstant(rt *rapid.T, label string) time.Time {
	return noon.AddDate(0, 0, 15*rapid.IntRange(-3, 3).Draw(rt, label))
}

func drawFilter(rt *rapid.T, c *crowd, depth int) registry.Filter {
	kind := rapid.IntRange(0, 5).Draw(rt, "kind")
	if depth == 0 {
		kind = min(kind, 2)
	}
	terms := func() []registry.Filter {
		var all []registry.Filter
		for range rapid.IntRange(0, 3).Draw(rt, "terms") {
			all = append(all, drawFilter(rt, c, depth-1))
		}
		return all
	}
	field := rapid.SampledFrom(fields).Draw(rt, "field")
	switch kind {
	case 0:
		return registry.Present{Field: field}
	case 3:
		return registry.And(terms())
	case 4:
		return registry.Or(terms())
	case 5:
		return registry.Not{Term: drawFilter(rt, c, depth-1)}
	default:
		return drawCompare(rt, c, field)
	}
}

func drawCompare(rt *rapid.T, c *crowd, f registry.Field) registry.Compare {
	op := rapid.SampledFrom([]registry.Op{registry.Equal, registry.NotEqual}).Draw(rt, "op")
	switch f.Type() {
	case registry.Boolean:
		return registry.Compare{Field: f, Op: op, Value: rapid.Bool().Draw(rt, "value")}
	case registry.Reference:
		return registry.Compare{Field: f, Op: op, Value: drawReference(rt, c, f)}
	case registry.Instant:
		ops := []registry.Op{op, registry.Greater, registry.GreaterOrEqual, registry.Less, registry.LessOrEqual}
		return registry.Compare{Field: f, Op: rapid.SampledFrom(ops).Draw(rt, "op"), Value: drawInstant(rt, "value")}
	default:
		any := registry.Op(rapid.IntRange(int(registry.Equal), int(registry.LessOrEqual)).Draw(rt, "op"))
		return registry.Compare{Field: f, Op: any, Value: drawText(rt, c, f)}
	}
}

func drawReference(rt *rapid.T, c *crowd, f registry.Field) string {
	switch f {
	case registry.FieldFiscalCode:
		known := rapid.SampledFrom(c.codes).Draw(rt, "code")
		return rapid.SampledFrom([]string{string(known), strings.ToLower(string(homocode(known))), "no code", ""}).Draw(rt, "value")
	case registry.FieldGroup:
		run := strings.TrimPrefix(string(c.company), "company-")
		return rapid.SampledFrom([]string{string(c.company), "A.1" + run, "b_2" + run, ""}).Draw(rt, "value")
	default:
		return rapid.SampledFrom([]string{"amministratore@group", "co-sare-gestione@unit:b_2", "x@group", "nonsense"}).Draw(rt, "value")
	}
}

// drawText draws a part of somebody's text as often as any text.
func drawText(rt *rapid.T, c *crowd, f registry.Field) string {
	if len(c.members) > 0 && rapid.Bool().Draw(rt, "of somebody") {
		r := []rune(textOf(f, rapid.SampledFrom(c.members).Draw(rt, "somebody")))
		from := rapid.IntRange(0, len(r)).Draw(rt, "from")
		return string(r[from:rapid.IntRange(from, len(r)).Draw(rt, "to")])
	}
	return rapid.StringOfN(rapid.RuneFrom([]rune(runes)), 0, 3, -1).Draw(rt, "value")
}

// holds evaluates a filter in memory.
func holds(f registry.Filter, c registry.Collaborator, at time.Time) bool {
	switch f := f.(type) {
	case registry.And:
		for _, t := range f {
			if !holds(t, c, at) {
				return false
			}
		}
		return true
	case registry.Or:
		for _, t := range f {
			if holds(t, c, at) {
				return true
			}
		}
		return false
	case registry.Not:
		return !holds(f.Term, c, at)
	case registry.Present:
		return present(f.Field, c, at)
	default:
		return compares(f.(registry.Compare), c, at)
	}
}

func present(f registry.Field, c registry.Collaborator, at time.Time) bool {
	switch f {
	case registry.FieldActive, registry.FieldGroup:
		return true
	case registry.FieldFiscalCode:
		return c.PersonID != ""
	case registry.FieldEntitlement:
		return len(c.Standing(at)) > 0
	case registry.FieldCreated, registry.FieldModified, registry.FieldStart, registry.FieldEnd:
		return !instantOf(f, c).IsZero()
	default:
		return textOf(f, c) != ""
	}
}

func compares(f registry.Compare, c registry.Collaborator, at time.Time) bool {
	if f.Op == registry.NotEqual {
		return !compares(registry.Compare{Field: f.Field, Op: registry.Equal, Value: f.Value}, c, at)
	}
	switch f.Field.Type() {
	case registry.Boolean:
		return !c.Over(at) == f.Value
	case registry.Reference:
		return refers(f, c, at)
	case registry.Instant:
		v := instantOf(f.Field, c)
		return !v.IsZero() && inOrder(f.Op, v.Compare(f.Value.(time.Time)))
	}
	v, want := folded(f.Field, c), f.Value.(string)
	if f.Field.Type() == registry.FoldedText {
		want = strings.ToLower(want)
	}
	switch f.Op {
	case registry.Contains:
		return v != "" && strings.Contains(v, want)
	case registry.StartsWith:
		return v != "" && strings.HasPrefix(v, want)
	case registry.EndsWith:
		return v != "" && strings.HasSuffix(v, want)
	default:
		return v != "" && inOrder(f.Op, strings.Compare(v, want))
	}
}

func refers(f registry.Compare, c registry.Collaborator, at time.Time) bool {
	want := f.Value.(string)
	switch f.Field {
	case registry.FieldFiscalCode:
		code, err := registry.ParseFiscalCode(want)
		return err == nil && c.PersonID != "" && code.Folded() == c.Person.FiscalCode.Folded()
	case registry.FieldGroup:
		return want != "" && (want == string(c.CompanyID) || want == string(c.HomeUnit))
	default:
		for _, g := range c.Standing(at) {
			if g.Entitlement().String() == want {
				return true
			}
		}
		return false
	}
}

func inOrder(op registry.Op, sign int) bool {
	switch op {
	case registry.Equal:
		return sign == 0
	case registry.Greater:
		return sign > 0
	case registry.GreaterOrEqual:
		return sign >= 0
	case registry.Less:
		return sign < 0
	default:
		return sign <= 0
	}
}

func textOf(f registry.Field, c registry.Collaborator) string {
	return map[registry.Field]string{
		registry.FieldID: string(c.ID), registry.FieldUserName: c.UserName, registry.FieldExternalID: c.ExternalID, registry.FieldDisplayName: c.DisplayName,
		registry.FieldGivenName: c.GivenName, registry.FieldFamilyName: c.FamilyName, registry.FieldDepartment: c.HomeUnitCode,
	}[f]
}

// folded is the text of a field as it is compared.
func folded(f registry.Field, c registry.Collaborator) string {
	if f.Type() == registry.FoldedText {
		return strings.ToLower(textOf(f, c))
	}
	return textOf(f, c)
}

func instantOf(f registry.Field, c registry.Collaborator) time.Time {
	return map[registry.Field]time.Time{
		registry.FieldCreated: c.CreatedAt, registry.FieldModified: c.UpdatedAt, registry.FieldStart: c.Employment.Start, registry.FieldEnd: c.Employment.End,
	}[f]
}

func ids(all []registry.Collaborator) []registry.CollaboratorID {
	var got []registry.CollaboratorID
	for _, c := range all {
		got = append(got, c.ID)
	}
	return got
}

func TestPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.must(func(tx registry.Tx) error {
			for i := range 4 { // made at once: the ids decide
				if err := tx.InsertCollaborator(w.someone(registry.CollaboratorID(fmt.Sprint("d", i)), fmt.Sprint("u", i))); err != nil {
					return err
				}
			}
			gone := w.someone("d9", "u9")
			gone.DeletedAt = noon
			return first(tx.InsertGrants([]registry.Grant{w.open("g1", "zeta", "")}), tx.InsertCollaborator(gone))
		})
		all := []registry.CollaboratorID{"collaborator-a", "d0", "d1", "d2", "d3"}
		for _, tc := range []struct{ offset, limit int }{{0, 10}, {0, 5}, {0, 4}, {2, 2}, {3, 10}, {4, 1}, {5, 3}, {9, 3}, {0, 0}, {3, 0}} {
			page := read(w, func(rd registry.Reader) (registry.Page, error) {
				return rd.Collaborators(registry.Query{Company: w.company.ID, At: noon, Offset: tc.offset, Limit: tc.limit})
			})
			want := all[min(tc.offset, 5):min(tc.offset+tc.limit, 5)]
			if got := ids(page.Items); page.Total != 5 || !(len(got) == 0 && len(want) == 0 || reflect.DeepEqual(got, want)) {
				t.Errorf("offset %d limit %d: got %v of %d, want %v of 5", tc.offset, tc.limit, got, page.Total, want)
			}
		}
	})
}

func TestFiltersThatCannotBeAnswered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, f := range []registry.Compare{
			{Field: registry.FieldUserName, Op: registry.Equal, Value: true},
			{Field: registry.FieldActive, Op: registry.Equal, Value: "true"},
			{Field: registry.FieldActive, Op: registry.Greater, Value: true},
			{Field: registry.FieldCreated, Op: registry.Equal, Value: "2026"},
			{Field: registry.FieldCreated, Op: registry.Contains, Value: noon},
			{Field: registry.FieldFiscalCode, Op: registry.Equal, Value: 1},
			{Field: registry.FieldFiscalCode, Op: registry.StartsWith, Value: "A"},
			{Field: registry.FieldUserName, Op: registry.Equal, Value: "a\x00"},
			{Field: registry.FieldExternalID, Op: registry.Contains, Value: "\xff"},
		} {
			_, err := tryRead(w, func(rd registry.Reader) (registry.Page, error) {
				return rd.Collaborators(registry.Query{Company: w.company.ID, At: noon, Limit: 1, Where: f})
			})
			if registry.KindOf(err) != registry.Invalid || err == nil {
				t.Errorf("%+v: got %v, want Invalid", f, err)
			}
		}
	})
}
