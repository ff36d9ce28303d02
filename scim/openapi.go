package scim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// operationDoc is what the description says of one route. in and out name schemas of components; "" is no body.
type operationDoc struct {
	summary string
	in, out string
	status  int  // of success
	list    bool // answers with many resources
}

// OpenAPI describes all that [New] serves below baseURL, in OpenAPI 3.1: the operations are those of the table of routes,
// the bodies are JSON Schemas (2020-12) made of the tables that requests are held to. The answer is indented JSON.
func OpenAPI(baseURL string) []byte {
	paths := map[string]map[string]any{}
	for _, r := range routes {
		doc, ok := documented(r.method, r.pattern)
		if !ok {
			continue
		}
		path := cmp.Or(r.pattern, "/")
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(r.method)] = doc.openAPI(r.method, r.pattern)
	}
	schemas := messageSchemas()
	for _, rt := range resourceTypes {
		schemas[rt.name] = resourceSchema(rt)
	}
	data, err := json.MarshalIndent(map[string]any{
		"openapi": "3.1.0",
		"info":    map[string]any{"title": "Varco SCIM 2.0", "version": "2.0", "description": "RFC 7643 and 7644; what is switched on is in /ServiceProviderConfig. HEAD is answered wherever GET is."},
		"servers": []any{map[string]any{"url": baseURL}},
		"paths":   paths,
		"components": map[string]any{
			"schemas":         schemas,
			"securitySchemes": map[string]any{"bearer": map[string]any{"type": "http", "scheme": "bearer"}},
		},
		"security": []any{map[string]any{"bearer": []string{}}},
	}, "", "  ")
	if err != nil {
		panic(err) // maps, lists, strings and numbers always encode
	}
	return data
}

// messageRoutes are the routes that are about no resource type.
var messageRoutes = map[string]operationDoc{
	"GET /ServiceProviderConfig": {summary: "What is switched on", out: "Document", status: http.StatusOK},
	"GET /ResourceTypes":         {summary: "The resource types", out: "ListResponse", status: http.StatusOK},
	"GET /ResourceTypes/{id}":    {summary: "One resource type", out: "Document", status: http.StatusOK},
	"GET /Schemas":               {summary: "The schemas", out: "ListResponse", status: http.StatusOK},
	"GET /Schemas/{id}":          {summary: "One schema", out: "Document", status: http.StatusOK},
	"POST /Bulk":                 {summary: "Many operations in one request", in: "BulkRequest", out: "BulkResponse", status: http.StatusOK},
	"GET ":                       {summary: "List or find resources of any type", out: "ListResponse", status: http.StatusOK, list: true},
	"GET /Results/{id}":          {summary: "The answer to a bulk request sent with Prefer: respond-async", out: "BulkResponse", status: http.StatusOK},
	"POST /.search":              {summary: "Find resources of any type", in: "SearchRequest", out: "ListResponse", status: http.StatusOK},
}

// documented tells what a route does. Nobody holds a token of their own yet, so /Me is always 501 (RFC 7644 §3.11).
func documented(method, pattern string) (operationDoc, bool) {
	if doc, ok := messageRoutes[method+" "+pattern]; ok {
		return doc, true
	}
	if pattern == "/Me" {
		return operationDoc{summary: "Not implemented", out: "Error", status: http.StatusNotImplemented}, true
	}
	for _, rt := range resourceTypes {
		if rest, ok := strings.CutPrefix(pattern, rt.endpoint); ok {
			return rt.operation(method, rest)
		}
	}
	return operationDoc{}, false
}

// operation describes a route of one resource type; rest is what its pattern has after the endpoint.
func (rt *resourceType) operation(method, rest string) (operationDoc, bool) {
	doc, ok := map[string]operationDoc{
		"GET ":          {summary: "List or find", out: "ListResponse", status: http.StatusOK, list: true},
		"POST /.search": {summary: "List or find", in: "SearchRequest", out: "ListResponse", status: http.StatusOK},
		"POST ":         {summary: "Create", in: rt.name, out: rt.name, status: http.StatusCreated},
		"GET /{id}":     {summary: "Read", out: rt.name, status: http.StatusOK},
		"PUT /{id}":     {summary: "Replace", in: rt.name, out: rt.name, status: http.StatusOK},
		"PATCH /{id}":   {summary: "Change in part", in: "PatchOp", out: rt.name, status: http.StatusOK},
		"DELETE /{id}":  {summary: "Delete", status: http.StatusNoContent},
	}[method+" "+rest]
	doc.summary = rt.name + ": " + doc.summary
	return doc, ok
}

// openAPI is the Operation Object of a route.
func (doc operationDoc) openAPI(method, pattern string) map[string]any {
	success := map[string]any{"description": http.StatusText(doc.status)}
	if doc.out != "" {
		success["content"] = content(doc.out)
	}
	responses := map[string]any{
		strconv.Itoa(doc.status): success,
		"default":                map[string]any{"description": "A refusal; detail names the attribute or operation and the rule", "content": content("Error")},
	}
	if method == http.MethodPatch && doc.status == http.StatusOK {
		responses["204"] = map[string]any{"description": "Done, or nothing to do"}
	}
	operation := map[string]any{
		"operationId": operationID(method, pattern), "summary": doc.summary, "responses": responses, "parameters": doc.parameters(pattern),
	}
	if doc.in != "" {
		operation["requestBody"] = map[string]any{"required": true, "content": content(doc.in)}
	}
	return operation
}

// operationID is unique and made of letters: "GET /Users/{id}" is getUsersId.
func operationID(method, pattern string) string {
	name := strings.ToLower(method)
	for part := range strings.FieldsFuncSeq(pattern, func(r rune) bool { return strings.ContainsRune("/.{}", r) }) {
		name += strings.ToUpper(part[:1]) + part[1:]
	}
	return name
}

func content(name string) map[string]any {
	body := map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/" + name}}
	return map[string]any{mediaType: body, "application/json": body}
}

func (doc operationDoc) parameters(pattern string) []any {
	list := []any{}
	add := func(in, name, kind string) {
		list = append(list, map[string]any{"name": name, "in": in, "required": in == "path", "schema": map[string]any{"type": cmp.Or(kind, "string")}})
	}
	if strings.Contains(pattern, "{id}") {
		add("path", "id", "")
	}
	if doc.list {
		add("query", "filter", "")
		add("query", "startIndex", "integer")
		add("query", "count", "integer")
		add("query", "cursor", "")
		add("query", "sortBy", "")
		add("query", "sortOrder", "")
	}
	if doc.list || strings.Contains(doc.summary, ": ") && doc.out != "" {
		add("query", "attributes", "")
		add("query", "excludedAttributes", "")
	}
	return list
}
