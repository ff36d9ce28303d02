package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"varco/registry"
)

// uniqueness says what each unique index means to whoever broke it.
var uniqueness = map[string]string{
	"company_fiscal_code":      "fiscalCode: already a company of the registry",
	"unit_code":                "code: already an open unit of this company",
	"unit_external_id":         "externalId: already taken by an open unit of this company",
	"person_code_pkey":         "fiscalCode: already the code of a person",
	"collaborator_user_name":   "userName: already taken in this company",
	"collaborator_external_id": "externalId: already taken in this company",
	"collaborator_person":      "fiscalCode: already a collaborator of this company",
	"entitlement_grant_open":   "entitlements: already granted",
	"used_id_pkey":             "id: already used",
}

// sqliteIndex names the index by what SQLite says of it: its columns.
var sqliteIndex = map[string]string{
	"company.fiscal_code":                                 "company_fiscal_code",
	"unit.company_id, unit.code":                          "unit_code",
	"unit.company_id, unit.external_id":                   "unit_external_id",
	"person_code.code":                                    "person_code_pkey",
	"collaborator.user_name_key, collaborator.company_id": "collaborator_user_name",
	"collaborator.external_id, collaborator.company_id":   "collaborator_external_id",
	"collaborator.person_id, collaborator.company_id":     "collaborator_person",
	"index 'entitlement_grant_open'":                      "entitlement_grant_open",
	"used_id.issuer, used_id.id":                          "used_id_pkey",
}

// fault turns any error of the machinery into the registry's; a refusal passes.
func fault(err error) error {
	var refusal *registry.Error
	var fromPostgres *pq.Error
	var fromSQLite *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return err
	case errors.As(err, &fromPostgres):
		return postgresFault(fromPostgres)
	case errors.As(err, &fromSQLite):
		return sqliteFault(fromSQLite)
	case unanswered(err):
		return unavailable(err)
	default:
		return &registry.Error{Kind: registry.Internal, Msg: "internal error", Err: err}
	}
}

func postgresFault(err *pq.Error) error {
	switch err.Code {
	case pqerror.UniqueViolation:
		return taken(err.Constraint, err)
	case pqerror.ForeignKeyViolation:
		return dangling(err)
	case pqerror.CheckViolation:
		return malformed(err)
	case pqerror.ReadOnlySQLTransaction, pqerror.LockNotAvailable:
		return unavailable(err)
	}
	switch err.Code.Class() {
	case "08", "40", "53", "57", "58": // connection, rollback, resources, operator, system
		return unavailable(err)
	default:
		return &registry.Error{Kind: registry.Internal, Msg: "internal error", Err: err}
	}
}

func sqliteFault(err *sqlite.Error) error {
	switch err.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return taken(brokenIndex(err.Error()), err)
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return dangling(err)
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return malformed(err)
	}
	switch err.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT,
		sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN:
		return unavailable(err)
	default:
		return &registry.Error{Kind: registry.Internal, Msg: "internal error", Err: err}
	}
}

// brokenIndex finds the index in "... UNIQUE constraint failed: a.b, a.c (2067)".
func brokenIndex(message string) string {
	_, columns, _ := strings.Cut(message, "UNIQUE constraint failed: ")
	columns, _, _ = strings.Cut(columns, " (")
	return sqliteIndex[columns]
}

func taken(index string, err error) error {
	msg, known := uniqueness[index]
	if !known {
		msg = "already there"
	}
	return &registry.Error{Kind: registry.Conflict, Rule: "uniqueness", Msg: msg, Err: err}
}

func dangling(err error) error {
	return &registry.Error{Kind: registry.Conflict, Msg: "refers to something that is not there", Err: err}
}

func malformed(err error) error {
	return &registry.Error{Kind: registry.Conflict, Msg: "breaks a rule of the registry's tables", Err: err}
}

func unavailable(err error) error {
	return &registry.Error{Kind: registry.Unavailable, Msg: "the registry is not available", Err: err}
}

// unanswered tells whether the database did not answer at all.
func unanswered(err error) bool {
	var network net.Error
	return disconnected(err) || errors.As(err, &network) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone)
}

// disconnected tells whether the connection was lost. A server that kept silent
// for too long is not asked again: that takes too long as well.
func disconnected(err error) bool {
	var said *pq.Error
	if errors.As(err, &said) {
		return said.Code == pqerror.AdminShutdown || said.Code == pqerror.CrashShutdown
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// conflicting tells whether the database gave up the transaction for another's sake.
func conflicting(err error) bool {
	var fromPostgres *pq.Error
	var fromSQLite *sqlite.Error
	switch {
	case errors.As(err, &fromPostgres):
		return fromPostgres.Code == pqerror.TRSerializationFailure || fromPostgres.Code == pqerror.TRDeadlockDetected
	case errors.As(err, &fromSQLite):
		return fromSQLite.Code()&0xff == sqlite3.SQLITE_BUSY
	default:
		return false
	}
}

// missingTable tells whether a statement named a table that is not there.
func missingTable(err error) bool {
	var fromPostgres *pq.Error
	if errors.As(err, &fromPostgres) {
		return fromPostgres.Code == pqerror.UndefinedTable
	}
	var fromSQLite *sqlite.Error
	return errors.As(err, &fromSQLite) && strings.Contains(err.Error(), "no such table")
}

// duplicated tells whether a statement made what somebody else had just made.
func duplicated(err error) bool {
	var fromPostgres *pq.Error
	return errors.As(err, &fromPostgres) &&
		(fromPostgres.Code == pqerror.DuplicateTable || fromPostgres.Code == pqerror.UniqueViolation)
}
