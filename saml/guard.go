package saml

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
	xrv "github.com/mattermost/xml-roundtrip-validator"
)

// Limits, all applied before anything is parsed. A SPID response is some 10 KiB.
const (
	maxForm     = 384 << 10 // bytes of a base64 form field
	maxXML      = 256 << 10 // bytes of a message
	maxInflated = 64 << 10  // bytes of an inflated redirect message
	maxMetadata = 4 << 20   // bytes of a metadata file (SPID's whole aggregate is 120 KiB)
	maxDepth    = 32        // nested elements
	maxElements = 2000      // elements of a message (a SPID response has some 150)
	maxAttrs    = 64        // attributes of one element, declarations included
	maxRelay    = 1024      // bytes of a RelayState (the specification says 80, applications exceed it)
)

// decodePost returns the XML of a SAMLRequest or SAMLResponse form field
// (SAML bindings §3.5.4).
func decodePost(field string) ([]byte, error) {
	if field == "" {
		return nil, malformed("form", "the field is empty")
	}
	if len(field) > maxForm {
		return nil, malformed("form", "%d bytes, at most %d", len(field), maxForm)
	}
	data, err := base64.StdEncoding.DecodeString(stripSpace(field))
	if err != nil {
		return nil, malformed("form", "not base64")
	}
	return data, nil
}

// inflate undoes the DEFLATE encoding of the redirect binding (SAML bindings §3.4.4.1).
func inflate(data []byte) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), maxInflated+1))
	if err != nil {
		return nil, malformed("DEFLATE", "not a DEFLATE stream")
	}
	if len(out) > maxInflated {
		return nil, malformed("DEFLATE", "more than %d bytes when inflated", maxInflated)
	}
	return out, nil
}

// parseMessage parses a protocol message that came from outside. Nothing in it may
// be read in two ways: no markup declaration, no processing instruction, no second
// root, no repeated attribute, no ID used twice.
func parseMessage(data []byte) (*etree.Element, error) {
	if err := guardBytes(data, maxXML); err != nil {
		return nil, err
	}
	// "<!" begins a DOCTYPE, a comment or a CDATA section and nothing else, and
	// may stand nowhere else in well-formed XML.
	if bytes.Contains(data, []byte("<!")) {
		return nil, malformed("XML", "a DOCTYPE, comment or CDATA section is not allowed")
	}
	return parseGuarded(data, maxElements)
}

// parseMetadata parses a metadata file that the operator trusts. Published files
// carry comments; the other guards stay.
func parseMetadata(data []byte) (*etree.Element, error) {
	if err := guardBytes(data, maxMetadata); err != nil {
		return nil, err
	}
	return parseGuarded(data, len(data))
}

func guardBytes(data []byte, limit int) error {
	switch {
	case len(data) == 0:
		return malformed("XML", "the document is empty")
	case len(data) > limit:
		return malformed("XML", "%d bytes, at most %d", len(data), limit)
	case bytes.LastIndex(data, []byte("<?")) > 0:
		return malformed("XML", "a processing instruction is not allowed")
	}
	return nil
}

func parseGuarded(data []byte, elements int) (*etree.Element, error) {
	if err := guardTokens(data, elements); err != nil {
		return nil, err
	}
	// A document that changes when written and read again is two documents
	// (CVE-2020-29509 and following).
	if err := xrv.Validate(bytes.NewReader(data)); err != nil {
		return nil, malformed("XML", "the document does not survive a round trip")
	}
	doc := etree.NewDocument()
	doc.ReadSettings.MaxDepth = maxDepth + 1
	if err := doc.ReadFromBytes(data); err != nil || doc.Root() == nil {
		return nil, malformed("XML", "not well formed")
	}
	return doc.Root(), nil
}

// guardTokens walks the tokens once and keeps only what it needs: depth, roots, IDs.
// The decoder itself refuses what is not UTF-8; a byte order mark is text outside the
// root.
func guardTokens(data []byte, elements int) error {
	walk := tokenWalk{left: elements, ids: map[string]bool{}}
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		return nil, errors.New("the encoding must be UTF-8")
	}
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return walk.end()
		}
		if err != nil {
			return malformed("XML", "not well formed")
		}
		if err := walk.token(tok); err != nil {
			return err
		}
	}
}

type tokenWalk struct {
	depth, roots int
	left         int // elements that may still come
	ids          map[string]bool
}

func (w *tokenWalk) token(tok xml.Token) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return w.start(t)
	case xml.EndElement:
		w.depth--
	case xml.Directive:
		return malformed("XML", "a DOCTYPE is not allowed")
	case xml.ProcInst:
		if t.Target != "xml" {
			return malformed("XML", "a processing instruction is not allowed")
		}
	case xml.CharData:
		if w.depth == 0 && len(bytes.TrimSpace(t)) > 0 {
			return malformed("XML", "text outside the root element")
		}
	}
	return nil
}

func (w *tokenWalk) start(t xml.StartElement) error {
	if w.depth == 0 {
		w.roots++
	}
	w.depth++
	w.left--
	switch {
	case w.depth > maxDepth:
		return malformed("XML", "nested deeper than %d elements", maxDepth)
	case w.left < 0:
		return malformed("XML", "too many elements")
	case len(t.Attr) > maxAttrs:
		return malformed("XML", "more than %d attributes on one element", maxAttrs)
	}
	return w.attributes(t.Attr)
}

// attributes refuses what is given twice, and IDs that are: in whatever spelling a
// verifier might take for an ID.
func (w *tokenWalk) attributes(attrs []xml.Attr) error {
	seen := make(map[xml.Name]bool, len(attrs))
	hasID := false
	for _, a := range attrs {
		if seen[a.Name] {
			return malformed("XML", "an attribute is given twice")
		}
		seen[a.Name] = true
		if !strings.EqualFold(a.Name.Local, "id") || a.Name.Space == "xmlns" {
			continue
		}
		if hasID || w.ids[a.Value] {
			return malformed("XML", "an ID is given twice")
		}
		hasID, w.ids[a.Value] = true, true
	}
	return nil
}

func (w *tokenWalk) end() error {
	if w.roots != 1 {
		return malformed("XML", "%d root elements, expected 1", w.roots)
	}
	return nil
}

// checkRelayState accepts what can safely be handed back unchanged (SAML bindings §3.4.3).
func checkRelayState(s string) error {
	if len(s) > maxRelay {
		return malformed("RelayState", "%d bytes, at most %d", len(s), maxRelay)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return malformed("RelayState", "not printable UTF-8")
	}
	return nil
}

// stripSpace drops the white space that base64 in XML and forms may carry.
func stripSpace(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, s)
}
