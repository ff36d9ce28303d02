package scim

import (
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

const maxPath = 512 // bytes of a PATCH path

// attrPath is an attribute's name as a client writes it: [URN:]name[.sub] (RFC 7644 figure 1).
type attrPath struct {
	urn, name, sub string
}

func (p attrPath) String() string {
	s := p.name
	if p.urn != "" {
		s = p.urn + ":" + s
	}
	if p.sub != "" {
		s += "." + p.sub
	}
	return s
}

// splitPath takes a path apart. The URN ends at the last colon, so the dots of a version number are not mistaken for a
// sub-attribute's.
func splitPath(s string) (attrPath, bool) {
	var p attrPath
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		p.urn, s = s[:i], s[i+1:]
	}
	var dotted bool
	p.name, p.sub, dotted = strings.Cut(s, ".")
	ok := isName(p.name) && (!dotted || isName(p.sub)) && (p.urn == "" || isURN(p.urn))
	return p, ok
}

// isName holds to ATTRNAME of RFC 7643 §2.1, and $ref.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && (i == 0 && c != '$' || i > 0 && !digit && c != '-' && c != '_' && c != '$') {
			return false
		}
	}
	return s != ""
}

func isURN(s string) bool { return len(s) > 4 && strings.EqualFold(s[:4], "urn:") }

// patchPath is the target of a PATCH operation: an attribute, or the elements of one that match a filter, or a
// sub-attribute of either (RFC 7644 figure 7).
type patchPath struct {
	attrPath
	filter expr // nil without brackets
}

func parsePatchPath(s string) (patchPath, error) {
	if len(s) > maxPath {
		return patchPath{}, refuse(scimerrors.ScimTypeInvalidPath, "path: longer than %d bytes", maxPath)
	}
	p := parser{src: s, kind: scimerrors.ScimTypeInvalidPath}
	path, err := p.path()
	if err != nil {
		return patchPath{}, err
	}
	p.space()
	if p.pos < len(p.src) {
		return patchPath{}, p.refuse("unexpected %q", clip(p.src[p.pos:]))
	}
	return path, nil
}
