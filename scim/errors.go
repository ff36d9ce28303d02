package scim

import (
	"errors"
	"fmt"
	"net/http"

	scimerrors "github.com/elimity-com/scim/errors"

	"varco/registry"
)

// refuse is a 400 that names, in its detail, the attribute or operation and the rule. RFC 7644 §3.12
func refuse(kind scimerrors.ScimType, format string, args ...any) error {
	return scimerrors.ScimError{ScimType: kind, Detail: fmt.Sprintf(format, args...), Status: http.StatusBadRequest}
}

// refuseStatus is a refusal with a status of its own and no scimType.
func refuseStatus(status int, format string, args ...any) error {
	return scimerrors.ScimError{Detail: fmt.Sprintf(format, args...), Status: status}
}

// statusOf is the one place where a refusal of the registry becomes an HTTP status.
var statusOf = map[registry.Kind]int{
	registry.Internal:    http.StatusInternalServerError,
	registry.Invalid:     http.StatusBadRequest,
	registry.NotFound:    http.StatusNotFound,
	registry.Conflict:    http.StatusConflict,
	registry.Forbidden:   http.StatusForbidden,
	registry.Stale:       http.StatusPreconditionFailed,
	registry.Unavailable: http.StatusServiceUnavailable,
	registry.TooMany:     http.StatusTooManyRequests,
}

// scimTypes are the rules of the registry that have a name in RFC 7644 table 9.
var scimTypes = map[string]scimerrors.ScimType{
	"uniqueness":    scimerrors.ScimTypeUniqueness,
	"mutability":    scimerrors.ScimTypeMutability,
	"noTarget":      scimerrors.ScimTypeNoTarget,
	"invalidPath":   scimerrors.ScimTypeInvalidPath,
	"invalidValue":  scimerrors.ScimTypeInvalidValue,
	"invalidSyntax": scimerrors.ScimTypeInvalidSyntax,
}

// scimError is what the client is told of an error. A fault of ours says nothing of itself.
func scimError(err error) scimerrors.ScimError {
	var told scimerrors.ScimError
	if errors.As(err, &told) {
		return told
	}
	var busy *tooMany
	if errors.As(err, &busy) {
		return scimerrors.ScimError{Status: http.StatusTooManyRequests, Detail: busy.Error()}
	}
	var refusal *registry.Error
	if !errors.As(err, &refusal) || refusal.Kind == registry.Internal {
		return scimerrors.ScimError{Status: http.StatusInternalServerError, Detail: "internal error"}
	}
	told = scimerrors.ScimError{Status: statusOf[refusal.Kind], ScimType: scimTypes[refusal.Rule], Detail: refusal.Msg}
	if refusal.Rule == "credentials" { // they went while the request was under way
		told.Status = http.StatusUnauthorized
	}
	if told.ScimType == "" && refusal.Kind == registry.Invalid {
		told.ScimType = scimerrors.ScimTypeInvalidValue
	}
	return told
}

// asRefusal makes an error of the protocol one of the registry, so that a refusal inside its gate is recorded in the
// audit trail like any other.
func asRefusal(err error) error {
	var told scimerrors.ScimError
	if errors.As(err, &told) {
		return &registry.Error{Kind: registry.Invalid, Rule: string(told.ScimType), Msg: told.Detail}
	}
	return err
}

// absentResource is the answer for an id that is not there or is another company's.
func absentResource(rt *resourceType) error {
	return refuseStatus(http.StatusNotFound, "%s: no such resource", rt.name)
}

// asFilter turns a refusal of a value into one of the filter that held it.
func asFilter(err error) error { return retyped(err, scimerrors.ScimTypeInvalidFilter) }

// retyped gives a refusal another scimType: what is wrong is the same, where it was said is not.
func retyped(err error, kind scimerrors.ScimType) error {
	var e scimerrors.ScimError
	if errors.As(err, &e) {
		e.ScimType = kind
		return e
	}
	return err
}

// within names the operation in a refusal.
func within(where string, err error) error {
	var e scimerrors.ScimError
	if errors.As(err, &e) {
		e.Detail = where + ": " + e.Detail
		return e
	}
	return err
}
