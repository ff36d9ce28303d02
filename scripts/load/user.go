package main

import (
	"encoding/json"
	"fmt"

	"varco/registry"
)

const (
	coreSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	varcoSchema = "urn:ietf:params:scim:schemas:extension:varco:2.0:User"
	groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
	patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	listSchema  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

	profile = "co-sare-gestione" // a profile that a company may grant in a unit
)

// user is a SCIM User (RFC 7643 §4.1), as much of it as the load sends and reads.
// The floor keeps the same.
type user struct {
	Schemas      []string      `json:"schemas"`
	ID           string        `json:"id,omitempty"`
	ExternalID   string        `json:"externalId,omitempty"`
	UserName     string        `json:"userName"`
	Name         name          `json:"name"`
	Active       bool          `json:"active"`
	Entitlements []entitlement `json:"entitlements,omitempty"`
	Varco        extension     `json:"urn:ietf:params:scim:schemas:extension:varco:2.0:User"`
	Enterprise   *enterprise   `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,omitempty"`
	Meta         *meta         `json:"meta,omitempty"`
}

type name struct {
	GivenName  string `json:"givenName"`
	FamilyName string `json:"familyName"`
}

type entitlement struct {
	Value string `json:"value"`
}

type extension struct {
	FiscalCode string `json:"fiscalCode"`
}

type enterprise struct {
	Department string `json:"department"`
}

type meta struct {
	ResourceType string `json:"resourceType"`
	Created      string `json:"created"`
	LastModified string `json:"lastModified"`
	Location     string `json:"location"`
}

// userList is a ListResponse of users (RFC 7644 §3.4.2).
type userList struct {
	Schemas      []string `json:"schemas"`
	TotalResults int      `json:"totalResults"`
	NextCursor   string   `json:"nextCursor,omitempty"`
	Resources    []user   `json:"Resources"`
}

// patch is a PatchOp (RFC 7644 §3.5.2).
type patch struct {
	Schemas    []string         `json:"schemas"`
	Operations []patchOperation `json:"Operations"`
}

type patchOperation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
}

// hire is somebody whom the load hires. All about them follows from the number.
type hire int

func (h hire) userName() string { return fmt.Sprintf("prova.%06d@example.test", h) }

// fiscalCode is a valid code that belongs to nobody: six letters for the number,
// one birthday for all.
func (h hire) fiscalCode() string {
	letters := make([]byte, 6)
	for i, rest := 0, int(h); i < len(letters); i, rest = i+1, rest/26 {
		letters[i] = byte('A' + rest%26)
	}
	unchecked := registry.FiscalCode(string(letters) + "80A01F257" + "?")
	return string(unchecked.Folded())
}

func (h hire) externalID() string { return fmt.Sprintf("M%06d", h) }

// document is the body of the POST. An empty unit means no entitlement, an empty
// department no group.
func (h hire) document(unit, department string) []byte {
	u := user{
		Schemas: []string{coreSchema, varcoSchema}, ExternalID: h.externalID(), UserName: h.userName(),
		Name: name{GivenName: "Prova", FamilyName: fmt.Sprintf("Numero %d", h)}, Active: true,
		Varco: extension{FiscalCode: h.fiscalCode()},
	}
	if unit != "" {
		u.Entitlements = []entitlement{{Value: profile + "@unit:" + unit}}
	}
	if department != "" {
		u.Enterprise = &enterprise{department}
	}
	return encode(u)
}

func setActive(active bool) []byte {
	return encode(patch{Schemas: []string{patchSchema}, Operations: []patchOperation{{Op: "replace", Path: "active", Value: encode(active)}}})
}

// encode writes JSON of our own types, which cannot fail.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
