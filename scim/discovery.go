package scim

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/elimity-com/scim/schema"
)

const (
	urnSchema         = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	urnResourceType   = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	urnProviderConfig = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
)

var resourceTypes = []*resourceType{userType, groupType, entitlementType, roleType, oktaType}

// discovery encodes the documents of RFC 7644 §4. Schemas are shown from the very tables that requests are held to.
func (s *server) discovery() map[string][]byte {
	docs := map[string][]byte{"/serviceproviderconfig": encoded(s.providerConfig())}
	var types, schemas []any
	for _, rt := range resourceTypes {
		doc := s.describeType(rt)
		types = append(types, doc)
		docs[strings.ToLower("/ResourceTypes/"+rt.name)] = encoded(doc)
		for _, definition := range append([]schema.Schema{rt.schema}, rt.extensions...) {
			path := strings.ToLower("/Schemas/" + definition.ID)
			if docs[path] != nil { // two types share an extension
				continue
			}
			doc := s.describeSchema(definition)
			schemas = append(schemas, doc)
			docs[path] = encoded(doc)
		}
	}
	docs["/resourcetypes"] = encoded(wholeList(types))
	docs["/schemas"] = encoded(wholeList(schemas))
	return docs
}

// encoded is JSON; what is encoded here is made of maps, lists, strings, numbers and booleans only.
func encoded(doc any) []byte {
	data, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return data
}

func wholeList(resources []any) any {
	return map[string]any{
		"schemas": []string{urnList}, "totalResults": len(resources), "itemsPerPage": len(resources), "startIndex": 1,
		"Resources": resources,
	}
}

func (s *server) describeSchema(definition schema.Schema) any {
	doc := definition.ToMap()
	doc["schemas"] = []string{urnSchema}
	doc["meta"] = s.discoveryMeta("Schema", "/Schemas/"+definition.ID)
	return doc
}

func (s *server) describeType(rt *resourceType) any {
	extensions := []any{}
	for _, e := range rt.extensions {
		extensions = append(extensions, map[string]any{"schema": e.ID, "required": false})
	}
	return map[string]any{
		"schemas": []string{urnResourceType}, "id": rt.name, "name": rt.name, "description": rt.description,
		"endpoint": rt.endpoint, "schema": rt.schema.ID, "schemaExtensions": extensions,
		"meta": s.discoveryMeta("ResourceType", "/ResourceTypes/"+rt.name),
	}
}

func (s *server) discoveryMeta(kind, path string) any {
	return map[string]any{"resourceType": kind, "location": s.config.BaseURL + path}
}

// providerConfig says what is really switched on. RFC 7643 §5
func (s *server) providerConfig() any {
	type options map[string]any
	off, on := options{"supported": false}, options{"supported": true}
	return map[string]any{
		"schemas": []string{urnProviderConfig},
		"patch":   on, "etag": on, "changePassword": off, "sort": on,
		"bulk":   options{"supported": true, "maxOperations": maxTasks, "maxPayloadSize": MaxBulkBytes},
		"filter": options{"supported": true, "maxResults": maxCount},
		"pagination": options{ // RFC 9865 §4
			"cursor": true, "index": true, "defaultPaginationMethod": "index",
			"defaultPageSize": defaultCount, "maxPageSize": maxCount, "cursorTimeout": int(cursorLife.Seconds()),
		},
		// Events are not sent; a bulk request may ask to be answered later (RFC 9967).
		"securityEvents":        options{"asyncRequest": "request", "eventUris": []string{}},
		"authenticationSchemes": s.authenticationSchemes(),
		"meta":                  s.discoveryMeta("ServiceProviderConfig", "/ServiceProviderConfig"),
	}
}

// authenticationSchemes lists the ways in that are open. RFC 7643 §5
func (s *server) authenticationSchemes() []any {
	schemes := []any{map[string]any{
		"type": "oauthbearertoken", "name": "Bearer token", "primary": true,
		"description": "A token issued for one client and shown once, sent as Authorization: Bearer (RFC 6750).",
		"specUri":     "https://www.rfc-editor.org/info/rfc6750",
	}, map[string]any{
		"type": "oauth2", "name": "OAuth 2.0 client credentials",
		"description": "Access tokens of one hour from " + s.origin + TokenPath + " by secret, private_key_jwt or a workload's assertion (RFC 6749 section 4.4, RFC 7523).",
		"specUri":     "https://www.rfc-editor.org/info/rfc6749",
	}}
	if s.config.ClientCertificates {
		schemes = append(schemes, map[string]any{
			"type": "oauth2", "name": "Certificate-bound tokens",
			"description": "A client may be bound to its TLS certificate: its tokens are then accepted with it only (RFC 8705).",
			"specUri":     "https://www.rfc-editor.org/info/rfc8705",
		})
	}
	return schemes
}

// getDocument answers with a discovery document. Filters are forbidden on them (RFC 7644 §4).
func (s *server) getDocument(x *exchange) (answer, error) {
	if x.query.Has("filter") {
		return answer{}, refuseStatus(http.StatusForbidden, "filter: not allowed on %s", x.path)
	}
	data, ok := s.documents[strings.ToLower(x.path)]
	if !ok {
		return answer{}, refuseStatus(http.StatusNotFound, "no such document")
	}
	return answer{status: http.StatusOK, encoded: data, version: entityTag(data)}, nil
}
