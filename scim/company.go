package scim

import (
	"net/http"
	"time"

	"varco/registry"
)

// The company is one group, read-only, that holds its units and its collaborators (REQUIREMENTS C.3).

func (s *server) companyGroup(c registry.Company, now time.Time) (*object, string) {
	doc := obj(
		"schemas", []any{urnGroup, urnVarcoGroup},
		"id", string(c.ID), "displayName", c.Name,
		urnVarcoGroup, obj("kind", kindCompany, "fiscalCode", string(c.FiscalCode), "vatNumber", c.VATNumber,
			"types", anys(c.Types), "qualifications", qualificationsOf(c, now), "status", string(c.State)),
	)
	return doc, seal(doc, s.meta(groupType, string(c.ID), c.CreatedAt, c.UpdatedAt))
}

func qualificationsOf(c registry.Company, now time.Time) []any {
	var list []any
	for _, q := range c.Qualifications {
		if c.Qualified(q.Kind, now) {
			list = append(list, q.Kind)
		}
	}
	return list
}

// isCompany says whether the request is about the company's own group.
func (x *exchange) isCompany() bool { return x.id == string(x.company) }

func companyIsReadOnly() error {
	return &registry.Error{Kind: registry.Invalid, Rule: "mutability",
		Msg: "the company's group is read-only: it holds whoever works for the company and every unit"}
}

func companyCannotBeDeleted() error {
	return refuseStatus(http.StatusForbidden, "the company's group cannot be deleted")
}
