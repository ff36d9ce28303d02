package registry

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
)

// A client of the agency reads every company's collaborators, to review who may do
// what. Because that crosses companies, each reading is in the trail.

const maxRecordedQuery = 1024 // bytes

// recordReading puts what a client of the agency asks for into the trail, before
// it is answered. Other actors' reading leaves no entry.
func (r *Registry) recordReading(ctx context.Context, actor Actor, target, text string) error {
	if !actor.Agency {
		return nil
	}
	return r.pass(ctx, actor, ActReadAgency, "", func(_ Tx, _ time.Time, e *AuditEntry) (bool, error) {
		e.Target = target[:min(len(target), maxTarget)]
		e.changed("query", "", maskedCodes(text))
		return true, nil
	})
}

// maskedCodes hides the codes of people in a text.
func maskedCodes(text string) string {
	var out strings.Builder
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return !isWord(r) })
		if end == 0 {
			end = 1
			out.WriteString(text[:end])
		} else {
			if end < 0 {
				end = len(text)
			}
			out.WriteString(maskedName(text[:end]))
		}
		text = text[end:]
	}
	return strings.ToValidUTF8(out.String()[:min(out.Len(), maxRecordedQuery)], "")
}

// collaboratorAnywhere reads one collaborator of whatever company.
func (r *Registry) collaboratorAnywhere(ctx context.Context, actor Actor, id CollaboratorID) (Collaborator, error) {
	if err := r.recordReading(ctx, actor, string(id), ""); err != nil {
		return Collaborator{}, err
	}
	page, err := r.search(ctx, actor, Query{Where: Compare{FieldID, Equal, string(id)}, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return Collaborator{}, orNotFound(err)
	}
	return page.Items[0], nil
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return refuse(NotFound, "not found")
}

// Employers reads the companies of these collaborators, once each.
func (r *Registry) Employers(ctx context.Context, actor Actor, of []Collaborator) (map[CompanyID]Company, error) {
	var ids []CompanyID
	for _, c := range of {
		if err := may(actor, ActRead, c.CompanyID); err != nil {
			return nil, err
		}
		if !slices.Contains(ids, c.CompanyID) {
			ids = append(ids, c.CompanyID)
		}
	}
	employers := make(map[CompanyID]Company, len(ids))
	if len(ids) == 0 {
		return employers, nil
	}
	var companies []Company
	err := r.store.View(ctx, func(rd Reader) (err error) {
		companies, err = rd.CompaniesByID(ids)
		return err
	})
	for _, c := range companies {
		employers[c.ID] = c
	}
	return employers, err
}
