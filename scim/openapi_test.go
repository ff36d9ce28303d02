package scim_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"varco/scim"
)

// node is any JSON object.
type node = map[string]any

// openAPI is the description, read once.
var openAPI = sync.OnceValue(func() node {
	var doc node
	if err := json.Unmarshal(scim.OpenAPI(base), &doc); err != nil {
		panic(err)
	}
	return doc
})

func publishedSchemas() node { return openAPI()["components"].(node)["schemas"].(node) }

// TestOpenAPIHasEveryRoute holds the description and the table of routes against each other.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	doc, schemas := openAPI(), publishedSchemas()
	var described, ids []string
	for pattern, item := range doc["paths"].(node) {
		for method, operation := range item.(node) {
			described = append(described, strings.ToUpper(method)+" "+pattern)
			ids = append(ids, operation.(node)["operationId"].(string))
			for _, name := range references(operation) {
				if schemas[name] == nil {
					t.Errorf("%s %s: no schema %s", method, pattern, name)
				}
			}
		}
	}
	var served []string
	for _, r := range scim.Routes() {
		served = append(served, r[0]+" "+cmp.Or(r[1], "/"))
	}
	slices.Sort(described)
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("described:\n%s\nserved:\n%s", described, served)
	}
	slices.Sort(ids)
	if unique := slices.Compact(slices.Clone(ids)); len(unique) != len(ids) {
		t.Errorf("operation ids are not unique: %s", ids)
	}
}

// references are the names of the schemas that something refers to.
func references(v any) []string {
	var names []string
	switch v := v.(type) {
	case node:
		for name, part := range v {
			if name == "$ref" {
				names = append(names, strings.TrimPrefix(part.(string), "#/components/schemas/"))
			}
			names = append(names, references(part)...)
		}
	case []any:
		for _, part := range v {
			names = append(names, references(part)...)
		}
	}
	return names
}

// fault says what in v is not as a JSON Schema of ours asks, or "". Of JSON Schema it knows what ours use.
func fault(schema node, v any) string {
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		return fmt.Sprintf(": %v is none of %v", v, enum)
	}
	switch schema["type"] {
	case "object":
		return faultOfObject(schema, v)
	case "array":
		list, ok := v.([]any)
		if !ok {
			return fmt.Sprintf(": %v is no list", v)
		}
		for i, item := range list {
			if f := fault(schema["items"].(node), item); f != "" {
				return fmt.Sprintf("[%d]%s", i, f)
			}
		}
		return ""
	}
	kinds := map[any]string{"string": "string", "boolean": "bool", "integer": "float64", "number": "float64"}
	if kind := kinds[schema["type"]]; kind != "" && kind != fmt.Sprintf("%T", v) {
		return fmt.Sprintf(": %v is no %v", v, schema["type"])
	}
	return ""
}

func faultOfObject(schema node, v any) string {
	object, ok := v.(node)
	if !ok {
		return fmt.Sprintf(": %v is no object", v)
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if object[name.(string)] == nil {
			return fmt.Sprintf(".%v: required", name)
		}
	}
	properties, closed := schema["properties"].(node)
	for name, part := range object {
		known, ok := properties[name].(node)
		switch {
		case !ok && closed:
			return "." + name + ": nobody told of it"
		case ok:
			if f := fault(known, part); f != "" {
				return "." + name + f
			}
		}
	}
	return ""
}

// mustConform holds an answer to the published schema of what it is. What was projected away may be absent.
func mustConform(t *testing.T, where string, got any) {
	t.Helper()
	object, _ := got.(node)
	if resources, ok := object["Resources"].([]any); ok {
		for _, r := range resources {
			mustConform(t, where, r)
		}
	}
	meta, _ := object["meta"].(node)
	name, _ := meta["resourceType"].(string)
	if urns, _ := object["schemas"].([]any); name == "" && len(urns) == 1 && strings.Contains(urns[0].(string), ":messages:2.0:") {
		name = urns[0].(string)[strings.LastIndex(urns[0].(string), ":")+1:]
	}
	if schema, ok := publishedSchemas()[name].(node); ok {
		if f := fault(schema, got); f != "" {
			t.Errorf("%s: not as the schema of %s says: %s", where, name, f)
		}
	}
}
