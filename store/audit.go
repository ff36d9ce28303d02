package store

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"varco/registry"
)

// auditRow is an entry of the trail: its commitment is SHA-256 over salt and
// body. The other columns serve to find it and say nothing that the body does
// not; salt and body stand in a table of their own, so that they can be erased
// and the commitment kept.
type auditRow struct {
	ID         text    `db:"id"`
	CompanyID  text    `db:"company_id"`
	At         instant `db:"at"`
	Act        text    `db:"act"`
	Outcome    text    `db:"outcome"`
	Commitment digest  `db:"commitment"`
}

// auditBody is the whole entry, in the form that the commitment covers: the JSON
// that encoding/json makes of this struct.
type auditBody struct {
	ID      registry.AuditID   `json:"id"`
	At      int64              `json:"at"` // microseconds UTC
	Actor   string             `json:"actor"`
	Act     registry.Act       `json:"act"`
	Company registry.CompanyID `json:"company,omitempty"`
	Target  string             `json:"target,omitempty"`
	Person  registry.PersonID  `json:"person,omitempty"`
	Outcome string             `json:"outcome"`
	Reason  string             `json:"reason,omitempty"`
	Request string             `json:"request,omitempty"`
	Changes []auditChange      `json:"changes,omitempty"`
}

type auditChange struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

func newAuditBody(e registry.AuditEntry) auditBody {
	return auditBody{
		ID: e.ID, At: e.At.UnixMicro(), Actor: e.Actor, Act: e.Act, Company: e.Company, Target: e.Target,
		Person: e.Person, Outcome: e.Outcome, Reason: e.Reason, Request: e.Request,
		Changes: each(e.Changes, func(c registry.Change) auditChange { return auditChange(c) }),
	}
}

func (b auditBody) entry() registry.AuditEntry {
	return registry.AuditEntry{
		ID: b.ID, At: time.UnixMicro(b.At).UTC(), Actor: b.Actor, Act: b.Act, Company: b.Company, Target: b.Target,
		Person: b.Person, Outcome: b.Outcome, Reason: b.Reason, Request: b.Request,
		Changes: each(b.Changes, func(c auditChange) registry.Change { return registry.Change(c) }),
	}
}

// row is what is kept of the entry beside its body.
func (b auditBody) row(commitment []byte) auditRow {
	return auditRow{
		ID: text(b.ID), CompanyID: text(b.Company), At: instant(time.UnixMicro(b.At).UTC()),
		Act: text(b.Act), Outcome: text(b.Outcome), Commitment: commitment,
	}
}

// storedEntry is an entry with what proves it.
type storedEntry struct {
	auditRow
	Salt text `db:"salt"`
	Body text `db:"body"`
}

// open gives the entry back, if it is what was written.
func (s storedEntry) open() (registry.AuditEntry, error) {
	var body auditBody
	want := commitment(string(s.Salt), string(s.Body))
	if subtle.ConstantTimeCompare(want, s.Commitment) != 1 {
		return registry.AuditEntry{}, s.tampered("its content does not match its commitment")
	}
	if err := json.Unmarshal([]byte(s.Body), &body); err != nil {
		return registry.AuditEntry{}, s.tampered("its content cannot be read")
	}
	kept, told := s.auditRow, body.row(s.Commitment)
	if kept.ID != told.ID || kept.CompanyID != told.CompanyID || kept.At != told.At ||
		kept.Act != told.Act || kept.Outcome != told.Outcome {
		return registry.AuditEntry{}, s.tampered("its columns do not match its content")
	}
	return body.entry(), nil
}

func (s storedEntry) tampered(how string) error {
	return &registry.Error{Kind: registry.Internal, Msg: "audit entry " + string(s.ID) + ": " + how}
}

func commitment(salt, body string) []byte {
	sum := sha256.Sum256([]byte(salt + body))
	return sum[:]
}

type auditDetailRow struct {
	EntryID text `db:"entry_id"`
	Salt    text `db:"salt"`
	Body    text `db:"body"`
}

var (
	auditTable       = tableOf[auditRow]("audit_entry")
	auditDetailTable = tableOf[auditDetailRow]("audit_detail")
)

var selectAudit = "SELECT " + auditTable.as("a") + ", d.salt, d.body FROM audit_entry a LEFT JOIN audit_detail d ON d.entry_id = a.id"

func (c *conn) AppendAudit(e registry.AuditEntry) error {
	content := newAuditBody(e)
	body, err := json.Marshal(content)
	if err != nil {
		return c.fail(err)
	}
	salt := newSalt()
	row := content.row(commitment(salt, string(body)))
	if err := c.insert(auditTable, row); err != nil {
		return err
	}
	return c.insert(auditDetailTable, auditDetailRow{text(e.ID), text(salt), text(body)})
}

// newSalt is 256 random bits in hexadecimal: without it the commitment to a
// short body could be guessed.
func newSalt() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand
	return hex.EncodeToString(b[:])
}

func (c *conn) Audit(q registry.AuditQuery) ([]registry.AuditEntry, error) {
	where, values := auditWhere(q)
	rows, err := list[storedEntry](c, selectAudit+where+" ORDER BY a.at, a.id LIMIT ?", append(values, q.Limit)...)
	if err != nil {
		return nil, err
	}
	var entries []registry.AuditEntry
	for _, r := range rows {
		e, err := r.open()
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func auditWhere(q registry.AuditQuery) (string, []any) {
	var terms []string
	var values []any
	term := func(set bool, sql string, value any) {
		if set {
			terms, values = append(terms, sql), append(values, value)
		}
	}
	term(q.Company != "", "a.company_id = ?", q.Company)
	term(!q.From.IsZero(), "a.at >= ?", instant(q.From))
	term(!q.Until.IsZero(), "a.at < ?", instant(q.Until))
	term(q.After != "", "(a.at, a.id) > (SELECT at, id FROM audit_entry WHERE id = ?)", q.After)
	if len(terms) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(terms, " AND "), values
}
