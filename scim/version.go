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
func versionOf(doc *object) string {
	h := fnv.New64a()
	_, _ = h.Write(appendJSON(make([]byte, 0, 2048), doc)) // never fails
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

// unchanged says whether the client has this version already.
func (x *exchange) unchanged(version string) bool {
	h := x.Header.Get("If-None-Match")
	return h != "" && listed(h, version)
}

// expects refuses a change to another version than the client asked to change.
func (x *exchange) expects(version string) error {
	if h := x.Header.Get("If-Match"); h != "" && !listed(h, version) {
		return &registry.Error{Kind: registry.Stale, Msg: "If-Match: the resource has version " + version}
	}
	return nil
}

// resource answers with one resource, or 304 when the client has it already.
func (x *exchange) resource(status int, doc *object, version string, p projection) answer {
	if x.Method == http.MethodGet || x.Method == http.MethodHead {
		if x.unchanged(version) {
			return answer{status: http.StatusNotModified, version: version}
		}
	}
	return answer{status: status, doc: p.apply(doc), version: version}
}
