package registry

import (
	"crypto/rand"
	"strings"
)

// Typed identifiers. Each is 26 lower-case base32 characters (130 random bits):
// random, not time-ordered, because ordered ids meet at the right edge of an
// index and make serializable transactions collide.
type (
	PersonID       string
	CompanyID      string
	UnitID         string
	CollaboratorID string
	GrantID        string
	ClientID       string
	SecretID       string
	VisitID        string
	LoginID        string
	SessionID      string
	AuditID        string
	NoticeID       string
	ResultID       string
	HoldID         string
)

func newID[T ~string]() T { return T(strings.ToLower(rand.Text())) }
