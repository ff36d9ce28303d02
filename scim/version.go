package scim

import (
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"

	"varco/registry"
)

// versionOf is the weak entity tag of a resource (RFC 7644 §3.14). It is a hash of all that is shown, not the stored
// version: a collaborator whose last day passes is shown differently although nothing was written.
func versionOf(doc *object) (version string) {
	withJSON(doc, func(shown []byte) { version = entityTag(shown) })
	return version
}

func entityTag(shown []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(shown) // never fails
	return `W/"` + strconv.FormatUint(h.Sum64(), 36) + `"`
}

// seal adds meta, with the version of everything else, to a resource.
func seal(doc *object, meta *object) string {
	doc.set("meta", meta)
	version := versionOf(doc)
	meta.set("version", version)
	return version
}

// listed says whether an If-Match or If-None-Match header names the version. RFC 9110 §13.1, weak comparison
func listed(header, version string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(version, "W/") {
			return true
		}
	}
	return false
}

// expects refuses a change of another version than the client asked to change, inside the transaction that makes it.
// RFC 9110 §13.1.1, §13.1.2: on a change If-None-Match asks that there be no such version.
func (x *exchange) expects(version string) error {
	if h := x.Header.Get("If-Match"); h != "" && !listed(h, version) {
		return stale("If-Match: the resource has version " + version)
	}
	if h := x.Header.Get("If-None-Match"); h != "" && listed(h, version) {
		return stale("If-None-Match: the resource has version " + version)
	}
	return nil
}

// expectsOfCollection refuses to create under a condition on a version: what a POST is sent to has none.
func (x *exchange) expectsOfCollection() error {
	if h := x.Header.Get("If-Match"); x.Method == http.MethodPost && h != "" && !listed(h, "") {
		return stale("If-Match: " + x.path + " has no version")
	}
	return nil
}

func stale(msg string) error { return &registry.Error{Kind: registry.Stale, Msg: msg} }

func (x *exchange) reads() bool { return x.Method == http.MethodGet || x.Method == http.MethodHead }

// conditional holds what was read to the client's conditions: 412 for another version than it insists on, 304 for one
// that it has already. RFC 9110 §13.2.2
func (x *exchange) conditional(a answer) (answer, error) {
	if h := x.Header.Get("If-Match"); h != "" && !listed(h, a.version) {
		return answer{}, stale("If-Match: the resource has version " + a.version)
	}
	if h := x.Header.Get("If-None-Match"); h != "" && a.version != "" && !a.partial && listed(h, a.version) {
		return answer{status: http.StatusNotModified, version: a.version}, nil
	}
	return a, nil
}

// resource answers with one resource.
func (x *exchange) resource(status int, doc *object, version string, p projection) answer {
	return answer{status: status, doc: p.apply(doc), version: version}
}
