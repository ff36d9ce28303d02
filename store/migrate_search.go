package store

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"

	"varco/registry"
)

// derive is what a migration leaves to Go, by its name, in the same transaction:
// what no SQL makes alike on both engines.
var derive = map[string]func(context.Context, *sqlx.Tx) error{"0005_search.sql": deriveSearch}

// cardRow is a collaborator that was there before its card was searched.
type cardRow struct {
	ID   text `db:"id"`
	Card text `db:"card"`
}

const (
	selectCards = "SELECT id, card FROM collaborator WHERE card IS NOT NULL AND id > ? ORDER BY id LIMIT 500"
	setCardKey  = "UPDATE collaborator SET card_key = ? WHERE id = ?"
)

// deriveSearch gives everybody with a card what InsertCollaborator gives by now.
func deriveSearch(ctx context.Context, tx *sqlx.Tx) error {
	last := text("")
	for {
		var cards []cardRow
		if err := tx.SelectContext(ctx, &cards, tx.Rebind(selectCards), string(last)); err != nil || len(cards) == 0 {
			return err
		}
		for _, r := range cards {
			if err := r.index(ctx, tx); err != nil {
				return err
			}
		}
		last = cards[len(cards)-1].ID
	}
}

func (r cardRow) index(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := tx.ExecContext(ctx, tx.Rebind(setCardKey), strings.ToLower(string(r.Card)), r.ID); err != nil {
		return err
	}
	for _, email := range emailsOf(registry.Collaborator{ID: registry.CollaboratorID(r.ID), Card: []byte(r.Card)}) {
		if _, err := tx.ExecContext(ctx, tx.Rebind(emailTable.insertOne), emailTable.values(email)...); err != nil {
			return err
		}
	}
	return nil
}
