package scim

import (
	"slices"

	"github.com/elimity-com/scim/schema"
)

// jsonSchema is a JSON Schema (2020-12) or a part of one.
type jsonSchema map[string]any

// resourceSchema describes a resource as it is shown, from the table that requests are held to. What a client sends
// needs no more than what the table requires; what is readOnly here it may repeat, to no effect.
func resourceSchema(rt *resourceType) jsonSchema {
	common := slices.DeleteFunc(schema.CommonAttributes(), func(a schema.CoreAttribute) bool { return a.Name() == "schemas" })
	all := objectSchema(rt.description, common, rt.schema.Attributes)
	properties := all["properties"].(jsonSchema)
	properties["schemas"] = jsonSchema{"type": "array", "items": jsonSchema{"type": "string"}, "minItems": 1}
	for _, e := range rt.extensions {
		properties[e.ID] = objectSchema(e.Description.Value(), e.Attributes)
	}
	required := []string{"schemas"}
	for _, a := range rt.schema.Attributes {
		if a.Required() {
			required = append(required, a.Name())
		}
	}
	all["required"] = required
	return all
}

func objectSchema(description string, lists ...[]schema.CoreAttribute) jsonSchema {
	properties := jsonSchema{}
	for _, a := range slices.Concat(lists...) {
		properties[a.Name()] = attributeSchema(a)
	}
	return jsonSchema{"type": "object", "description": description, "properties": properties}
}

// attributeSchema describes one attribute. Its mutability becomes readOnly or writeOnly; what else it is (immutable,
// caseExact, unique) /Schemas tells.
func attributeSchema(a schema.CoreAttribute) jsonSchema {
	s := valueSchema(a)
	if a.MultiValued() {
		s = jsonSchema{"type": "array", "items": s}
	}
	s["description"] = a.Description()
	switch a.Mutability() {
	case "readOnly":
		s["readOnly"] = true
	case "writeOnly":
		s["writeOnly"] = true
	}
	return s
}

// valueSchema describes one value of an attribute. RFC 7643 §2.3
func valueSchema(a schema.CoreAttribute) jsonSchema {
	switch a.AttributeType() {
	case "complex":
		return objectSchema("", a.SubAttributes())
	case "boolean", "integer":
		return jsonSchema{"type": a.AttributeType()}
	case "decimal":
		return jsonSchema{"type": "number"}
	case "dateTime":
		return jsonSchema{"type": "string", "format": "date-time"}
	case "reference":
		return jsonSchema{"type": "string", "format": "uri-reference"}
	}
	if len(a.CanonicalValues()) > 0 {
		return jsonSchema{"type": "string", "enum": a.CanonicalValues()}
	}
	return jsonSchema{"type": "string"}
}

// messageSchemas describe the messages of RFC 7644 that are no resources, by the name they have in components.
func messageSchemas() jsonSchema {
	text, whole := jsonSchema{"type": "string"}, jsonSchema{"type": "integer", "minimum": 0}
	urns := jsonSchema{"type": "array", "items": text}
	message := func(required []string, properties jsonSchema) jsonSchema {
		properties["schemas"] = urns
		return jsonSchema{"type": "object", "required": append([]string{"schemas"}, required...), "properties": properties}
	}
	return jsonSchema{
		"Error": message([]string{"status"}, jsonSchema{"status": text, "scimType": text, "detail": text}),
		"PatchOp": message([]string{"Operations"}, jsonSchema{"Operations": jsonSchema{
			"type": "array", "maxItems": maxOperations, "items": jsonSchema{"type": "object", "required": []string{"op"}, "properties": jsonSchema{
				"op": jsonSchema{"type": "string", "enum": []string{opAdd, opRemove, opReplace}}, "path": text, "value": jsonSchema{},
			}},
		}}),
		"ListResponse": message([]string{"Resources"}, jsonSchema{
			"totalResults": whole, "startIndex": whole, "itemsPerPage": whole, "nextCursor": text, "previousCursor": text,
			"Resources": jsonSchema{"type": "array", "items": jsonSchema{"type": "object"}},
		}),
		"SearchRequest": message(nil, jsonSchema{
			"filter": text, "sortBy": text, "sortOrder": text, "startIndex": jsonSchema{"type": "integer"}, "count": jsonSchema{"type": "integer"},
			"cursor": text, "attributes": jsonSchema{"type": "array", "items": text}, "excludedAttributes": jsonSchema{"type": "array", "items": text},
		}),
		"BulkRequest": message([]string{"Operations"}, jsonSchema{"failOnErrors": jsonSchema{"type": "integer", "minimum": 1}, "Operations": jsonSchema{
			"type": "array", "maxItems": maxTasks, "items": jsonSchema{"type": "object", "required": []string{"method", "path"}, "properties": jsonSchema{
				"method": text, "path": text, "bulkId": text, "version": text, "data": jsonSchema{"type": "object"},
			}},
		}}),
		"BulkResponse": message([]string{"Operations"}, jsonSchema{"Operations": jsonSchema{
			"type": "array", "maxItems": maxTasks, "items": jsonSchema{"type": "object", "required": []string{"status"}, "properties": jsonSchema{
				"method": text, "bulkId": text, "version": text, "location": text, "status": text, "response": jsonSchema{"type": "object"},
			}},
		}}),
		"Document": message(nil, jsonSchema{"id": text, "meta": jsonSchema{"type": "object"}}),
	}
}
