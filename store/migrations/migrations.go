// Package migrations holds the numbered steps that make the store's tables, one
// text for both engines, applied in the order of their names. They only go
// forward: one that was released is never edited.
//
// It imports nothing of Varco. Start reading at the first file.
package migrations

import "embed"

// Files are the steps.
//
//go:embed *.sql
var Files embed.FS
