package scim

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// cursorLife is how long a cursor is good for, published as pagination.cursorTimeout.
const cursorLife = 10 * time.Minute

// The error keywords of RFC 9865 §2.1.
const (
	invalidCursor scimerrors.ScimType = "invalidCursor"
	expiredCursor scimerrors.ScimType = "expiredCursor"
	invalidCount  scimerrors.ScimType = "invalidCount"
)

// cursors writes and reads the cursors of RFC 9865: encrypted, because a position holds what was sorted by, and
// authenticated together with the client and the query they were made for. Nothing is kept of them.
type cursors struct{ aead cipher.AEAD }

func newCursors(secret []byte) (cursors, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "varco scim cursors", 32)
	if err != nil {
		return cursors{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return cursors{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return cursors{aead}, err
}

// cursor is the place a page ends at. Without a position it is the place before the first resource of the type.
type cursor struct {
	Until    int64 // Unix seconds
	Type     string
	Position *registry.Position
}

func (c cursors) write(at cursor, bound []byte) string {
	plain, _ := json.Marshal(at) // numbers and strings always encode
	return base64.RawURLEncoding.EncodeToString(c.aead.Seal(nil, nil, plain, bound))
}

func (c cursors) read(text string, bound []byte, now time.Time) (cursor, error) {
	var at cursor
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sealed) < c.aead.Overhead() {
		return at, notACursor()
	}
	plain, err := c.aead.Open(nil, nil, sealed, bound)
	if err != nil {
		return at, notACursor()
	}
	decoder := json.NewDecoder(bytes.NewReader(plain))
	decoder.UseNumber()
	if err := decoder.Decode(&at); err != nil {
		return at, err
	}
	if now.Unix() >= at.Until {
		return at, refuse(expiredCursor, "cursor: older than %d seconds; begin again with an empty one", int(cursorLife.Seconds()))
	}
	if at.Position != nil {
		if n, ok := at.Position.Value.(json.Number); ok {
			at.Position.Value, err = n.Int64()
		}
	}
	return at, err
}

func notACursor() error {
	return refuse(invalidCursor, "cursor: not one that was given to this client for this query; begin with an empty one")
}

// bound is what a cursor belongs to: the client, and all of the query that says what is found and in which order.
func (x *exchange) bound() []byte {
	same := url.Values{"client": {string(x.client.ID)}, "endpoint": {strings.TrimSuffix(x.path, searchPath)}}
	for _, name := range []string{"filter", "sortBy", "sortOrder", "attributes", "excludedAttributes"} {
		if x.query.Has(name) {
			same[name] = x.query[name]
		}
	}
	return []byte(same.Encode())
}
