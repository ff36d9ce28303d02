package store

import (
	"encoding/json"
	"slices"
	"strings"

	"varco/registry"
)

// emailRow is one e-mail address by which a collaborator is found.
type emailRow struct {
	CollaboratorID text `db:"collaborator_id"`
	ValueKey       text `db:"value_key"`
}

var emailTable = tableOf[emailRow]("collaborator_email")

// mostKey bounds what is kept of an address, in bytes: an index takes no more than some kilobytes.
const mostKey = 256

func emailKey(address string) string {
	key := strings.ToLower(address)
	return strings.ToValidUTF8(key[:min(len(key), mostKey)], "")
}

// emailsOf are the addresses in a card, each once.
func emailsOf(co registry.Collaborator) []any {
	var card struct {
		Emails []struct {
			Value string `json:"value"`
		} `json:"emails"`
	}
	if len(co.Card) == 0 || json.Unmarshal(co.Card, &card) != nil { // a card of another form has none
		return nil
	}
	var rows []any
	seen := map[string]bool{}
	for _, e := range card.Emails {
		if key := emailKey(e.Value); key != "" && !seen[key] {
			seen[key] = true
			rows = append(rows, emailRow{text(co.ID), text(key)})
		}
	}
	return rows
}

// insertEmails keeps what a new card is found by.
func (c *conn) insertEmails(co registry.Collaborator) error {
	if rows := emailsOf(co); rows != nil {
		return c.insert(emailTable, rows...)
	}
	return nil
}

const deleteEmails = "DELETE FROM collaborator_email WHERE collaborator_id = ?"

func (c *conn) IndexCard(co registry.Collaborator) error {
	err := c.write(change{query: deleteEmails, args: []any{co.ID}, table: emailTable.name})
	if err != nil {
		return err
	}
	return c.insertEmails(co)
}

// seeksEmail tells whether a filter holds only for who has a certain address.
func seeksEmail(f registry.Filter) bool {
	switch f := f.(type) {
	case registry.And:
		return slices.ContainsFunc(f, seeksEmail)
	case registry.Some:
		_, ok := emailSought(f)
		return ok
	}
	return false
}

// emailSought is the key of the address that one e-mail must have to meet a condition.
func emailSought(f registry.Some) (string, bool) {
	if list, ok := f.Of.(registry.Part); !ok || list.Pointer != "/emails" {
		return "", false
	}
	return valueSought(f.Where)
}

func valueSought(f registry.Filter) (string, bool) {
	switch f := f.(type) {
	case registry.And:
		for _, term := range f {
			if key, ok := valueSought(term); ok {
				return key, true
			}
		}
	case registry.Compare:
		part, isPart := f.Field.(registry.Part)
		value, isText := f.Value.(string)
		if isPart && isText && part.Pointer == "/value" && f.Op == registry.Equal {
			return emailKey(value), true
		}
	}
	return "", false
}
