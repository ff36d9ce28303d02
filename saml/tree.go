package saml

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Reading: elements are found by namespace and name, never by prefix or path.

func isElement(el *etree.Element, ns, tag string) bool {
	return el != nil && el.Tag == tag && el.NamespaceURI() == ns
}

func children(el *etree.Element, ns, tag string) []*etree.Element {
	if el == nil {
		return nil
	}
	var found []*etree.Element
	for _, c := range el.ChildElements() {
		if isElement(c, ns, tag) {
			found = append(found, c)
		}
	}
	return found
}

// child returns the first such child, or nil.
func child(el *etree.Element, ns, tag string) *etree.Element {
	if el == nil {
		return nil
	}
	for _, c := range el.ChildElements() {
		if isElement(c, ns, tag) {
			return c
		}
	}
	return nil
}

// count counts such elements in the whole tree, el included.
func count(el *etree.Element, ns, tag string) int {
	n := 0
	if isElement(el, ns, tag) {
		n = 1
	}
	for _, c := range el.ChildElements() {
		n += count(c, ns, tag)
	}
	return n
}

// attr returns the value of an attribute in no namespace and whether it is there.
func attr(el *etree.Element, name string) (string, bool) {
	if el == nil {
		return "", false
	}
	for _, a := range el.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value, true
		}
	}
	return "", false
}

// text returns the text of an element that holds nothing but text.
func text(el *etree.Element) string {
	if el == nil || len(el.ChildElements()) > 0 {
		return ""
	}
	return strings.TrimSpace(el.Text())
}

// parseTime reads xs:dateTime in UTC, with or without fractions of a second
// (SAML core §1.3.3; SPID case 110).
func parseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !strings.HasSuffix(s, "Z") {
		return time.Time{}, false
	}
	return t, true
}

var ncName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,255}$`)

// Writing: trees are built node by node; etree escapes what goes in.

const timeFormat = "2006-01-02T15:04:05Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeFormat) }

// element makes a root element that declares its own prefix.
func element(prefix, ns, tag string) *etree.Element {
	el := etree.NewElement(prefix + ":" + tag)
	el.CreateAttr("xmlns:"+prefix, ns)
	return el
}

// add appends a child, with text if there is any, and attributes given as name, value.
func add(parent *etree.Element, name, txt string, attrs ...string) *etree.Element {
	el := parent.CreateElement(name)
	for i := 0; i+1 < len(attrs); i += 2 {
		el.CreateAttr(attrs[i], attrs[i+1])
	}
	if txt != "" {
		el.SetText(txt)
	}
	return el
}

// serialize writes a tree as a document, without added white space.
func serialize(root *etree.Element) ([]byte, error) {
	doc := etree.NewDocument()
	doc.SetRoot(root.Copy())
	return doc.WriteToBytes()
}

// newID makes an unguessable xs:ID of 160 bits (SAML core §1.3.4).
func newID() string {
	var b [20]byte
	rand.Read(b[:])
	return "_" + hex.EncodeToString(b[:])
}
