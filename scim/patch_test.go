package scim

import (
	"testing"

	scimerrors "github.com/elimity-com/scim/errors"
	"pgregory.net/rapid"
)

func mustDecode(t testing.TB, body string) *object {
	t.Helper()
	o, err := decode([]byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return o
}

const patchHead = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`

// anna is the document that the cases below start from.
const anna = `{"id":"c1","userName":"anna","active":true,
	"name":{"familyName":"Collaudi","givenName":"Anna"},
	"emails":[{"value":"a@work","type":"work","primary":true},{"value":"a@home","type":"home"}],
	"groups":[{"value":"g1"}],
	"entitlements":[{"value":"p@group","display":"P","type":"GROUP"},{"value":"q@unit:MO01","display":"Q","type":"UNIT"}],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"MO01","manager":{"value":"m1","displayName":"Max"}},
	"urn:ietf:params:scim:schemas:extension:varco:2.0:User":{"fiscalCode":"CLLTTR65C14F257H","accountStatus":"ACTIVE","processing":{"authorised":true,"scopes":["CO","OFFERTE"]}}}`

// patched runs operations on anna.
func patched(t testing.TB, operations string) (*object, error) {
	t.Helper()
	body, err := decode([]byte(patchHead + operations + "]}"))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := decodePatch(userType, body, lenient)
	if err != nil {
		return nil, err
	}
	return patch(mustDecode(t, anna), changes)
}

func TestPatch(t *testing.T) {
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	const varco = "urn:ietf:params:scim:schemas:extension:varco:2.0:User"
	for _, tt := range []struct {
		name, op string
		path     string // what to look at in the result
		want     string // its JSON; "" for gone
	}{
		{"replace a string", `{"op":"replace","path":"userName","value":"a2"}`, "userName", `"a2"`},
		{"op in any case", `{"op":"Replace","path":"USERNAME","value":"a2"}`, "userName", `"a2"`},
		{"operation with further members", `{"name":"x","op":"add","path":"title","value":"t"}`, "title", `"t"`},
		{"False ends", `{"op":"Replace","path":"active","value":"False"}`, "active", `false`},
		{"tRUE too", `{"op":"replace","path":"active","value":"tRUE"}`, "active", `true`},
		{"without path", `{"op":"replace","value":{"active":false}}`, "active", `false`},
		{"without path, empty path", `{"op":"replace","path":"","value":{"displayName":"x"}}`, "displayName", `"x"`},
		{"without path, dotted", `{"op":"replace","value":{"name.givenName":"Nina"}}`, "name", `{"familyName":"Collaudi","givenName":"Nina"}`},
		{"without path, URN", `{"op":"replace","value":{"` + enterprise + `:department":"MO02"}}`, enterprise, `{"department":"MO02","manager":{"value":"m1","displayName":"Max"}}`},
		{"extension that echoes its schemas", `{"op":"add","path":"` + enterprise + `","value":{"schemas":["` + enterprise + `"],"department":"MO02"}}`, enterprise, `{"department":"MO02","manager":{"value":"m1","displayName":"Max"}}`},
		{"an empty object says nothing", `{"op":"replace","path":"name","value":{}}`, "name", `{"familyName":"Collaudi","givenName":"Anna"}`},
		{"null unassigns", `{"op":"replace","path":"name","value":null}`, "name", ``},
		{"without path, nested extension", `{"op":"add","value":{"` + enterprise + `":{"costCenter":"7"}}}`, enterprise, `{"department":"MO01","manager":{"value":"m1","displayName":"Max"},"costCenter":"7"}`},
		{"extension in other case", `{"op":"add","value":{"URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User":{"DEPARTMENT":"MO03"}}}`, enterprise, `{"department":"MO03","manager":{"value":"m1","displayName":"Max"}}`},
		{"without path, brackets", `{"op":"replace","value":{"emails[type eq \"home\"].value":"b@home"}}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"b@home","type":"home"}]`},
		{"without path, echoes are passed over", `{"op":"replace","value":{"id":"x","meta":{},"schemas":[],"groups":[],"password":"x","displayName":"y"}}`, "displayName", `"y"`},
		{"without path, foreign extension", `{"op":"add","value":{"urn:foreign:User":{"a":1},"http://x/y":2,"title":"t"}}`, "title", `"t"`},
		{"path is an extension", `{"op":"replace","path":"` + enterprise + `","value":{"division":"d"}}`, enterprise, `{"department":"MO01","manager":{"value":"m1","displayName":"Max"},"division":"d"}`},
		{"remove an extension", `{"op":"remove","path":"` + enterprise + `"}`, enterprise, ``},
		{"replace part of a complex", `{"op":"replace","path":"name","value":{"givenName":"Nina"}}`, "name", `{"familyName":"Collaudi","givenName":"Nina"}`},
		{"null part of a complex", `{"op":"replace","path":"name","value":{"givenName":null}}`, "name", `{"familyName":"Collaudi"}`},
		{"null unassigns", `{"op":"replace","path":"name","value":null}`, "name", ``},
		{"remove a part", `{"op":"remove","path":"name.givenName"}`, "name", `{"familyName":"Collaudi"}`},
		{"unprefixed extension attribute", `{"op":"replace","path":"department","value":"MO02"}`, enterprise, `{"department":"MO02","manager":{"value":"m1","displayName":"Max"}}`},

		{"manager as a string", `{"op":"add","path":"` + enterprise + `:manager","value":"m2"}`, enterprise, `{"department":"MO01","manager":{"value":"m2","displayName":"Max"}}`},
		{"manager as a list", `{"op":"replace","path":"` + enterprise + `:manager","value":[{"value":"m2"}]}`, enterprise, `{"department":"MO01","manager":{"value":"m2","displayName":"Max"}}`},
		{"empty manager", `{"op":"replace","path":"` + enterprise + `:manager","value":""}`, enterprise, `{"department":"MO01"}`},

		{"add an element", `{"op":"add","path":"emails","value":[{"value":"c@x","type":"other"}]}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"a@home","type":"home"},{"value":"c@x","type":"other"}]`},
		{"add a single element", `{"op":"add","path":"emails","value":{"value":"c@x"}}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"a@home","type":"home"},{"value":"c@x"}]`},
		{"add what is there", `{"op":"add","path":"emails","value":[{"value":"A@WORK","type":"work"}]}`, "emails", `[{"value":"A@WORK","type":"work","primary":true},{"value":"a@home","type":"home"}]`},
		{"add a primary", `{"op":"add","path":"emails","value":[{"value":"c@x","primary":true}]}`, "emails", `[{"value":"a@work","type":"work","primary":false},{"value":"a@home","type":"home"},{"value":"c@x","primary":true}]`},
		{"add nothing", `{"op":"add","path":"emails","value":[]}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"a@home","type":"home"}]`},
		{"add null to a list", `{"op":"add","path":"emails","value":null}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"a@home","type":"home"}]`},
		{"replace a list", `{"op":"replace","path":"emails","value":[{"value":"c@x"}]}`, "emails", `[{"value":"c@x"}]`},
		{"replace by nothing", `{"op":"replace","path":"emails","value":[]}`, "emails", ``},
		{"remove a list", `{"op":"remove","path":"emails"}`, "emails", ``},

		{"value path, part", `{"op":"replace","path":"emails[type eq \"work\"].value","value":"b@work"}`, "emails", `[{"value":"b@work","type":"work","primary":true},{"value":"a@home","type":"home"}]`},
		{"value path, several terms", `{"op":"replace","path":"emails[(type eq \"work\" or type eq \"home\") and not (primary eq true)].value","value":"x"}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"x","type":"home"}]`},
		{"value path, boolean as a string", `{"op":"replace","path":"emails[primary eq \"True\"].display","value":"D"}`, "emails", `[{"value":"a@work","type":"work","primary":true,"display":"D"},{"value":"a@home","type":"home"}]`},
		{"value path, whole element replaced", `{"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"n@x"}}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"n@x"}]`},
		{"value path, whole element added to", `{"op":"add","path":"emails[type eq \"home\"]","value":{"display":"H"}}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"a@home","type":"home","display":"H"}]`},
		{"value path, missing element is made", `{"op":"add","path":"emails[type eq \"other\"].value","value":"o@x"}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"a@home","type":"home"},{"type":"other","value":"o@x"}]`},
		{"value path, made by replace", `{"op":"Replace","path":"phoneNumbers[type eq \"mobile\"].value","value":"+39"}`, "phoneNumbers", `[{"type":"mobile","value":"+39"}]`},
		{"value path, new primary", `{"op":"replace","path":"emails[type eq \"home\"].primary","value":"True"}`, "emails", `[{"value":"a@work","type":"work","primary":false},{"value":"a@home","type":"home","primary":true}]`},
		{"value path, removed", `{"op":"remove","path":"emails[type eq \"work\"]"}`, "emails", `[{"value":"a@home","type":"home"}]`},
		{"value path, last removed", `{"op":"remove","path":"emails[value pr]"}`, "emails", ``},
		{"value path, value removed", `{"op":"remove","path":"emails[type eq \"work\"].value"}`, "emails", `[{"value":"a@home","type":"home"}]`},
		{"value path, nothing to remove", `{"op":"remove","path":"emails[type eq \"other\"]"}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"a@home","type":"home"}]`},
		{"part of every element", `{"op":"replace","path":"emails.display","value":"D"}`, "emails", `[{"value":"a@work","type":"work","primary":true,"display":"D"},{"value":"a@home","type":"home","display":"D"}]`},
		{"part of no element", `{"op":"add","path":"ims.value","value":"x"}`, "ims", `[{"value":"x"}]`},

		{"remove with a list", `{"op":"Remove","path":"entitlements","value":[{"$ref":null,"value":"p@group"}]}`, "entitlements", `[{"value":"q@unit:MO01","display":"Q","type":"UNIT"}]`},
		{"remove with an object", `{"op":"remove","path":"entitlements","value":{"value":"p@group"}}`, "entitlements", `[{"value":"q@unit:MO01","display":"Q","type":"UNIT"}]`},
		{"remove with bare strings", `{"op":"remove","path":"entitlements","value":["p@group","absent"]}`, "entitlements", `[{"value":"q@unit:MO01","display":"Q","type":"UNIT"}]`},
		{"remove with an empty list", `{"op":"remove","path":"entitlements","value":[]}`, "entitlements", `[{"value":"p@group","display":"P","type":"GROUP"},{"value":"q@unit:MO01","display":"Q","type":"UNIT"}]`},
		{"remove without path", `{"op":"remove","value":{"entitlements":["p@group"]}}`, "entitlements", `[{"value":"q@unit:MO01","display":"Q","type":"UNIT"}]`},
		{"remove the same value of another type", `{"op":"remove","path":"emails","value":[{"value":"a@work","type":"home"}]}`, "emails", `[{"value":"a@work","type":"work","primary":true},{"value":"a@home","type":"home"}]`},
		{"add a bare string", `{"op":"add","path":"entitlements","value":"r@group"}`, "entitlements", `[{"value":"p@group","display":"P","type":"GROUP"},{"value":"q@unit:MO01","display":"Q","type":"UNIT"},{"value":"r@group"}]`},
		{"add to a list of strings", `{"op":"add","path":"processing.scopes","value":["CO"]}`, varco, `{"fiscalCode":"CLLTTR65C14F257H","accountStatus":"ACTIVE","processing":{"authorised":true,"scopes":["CO","OFFERTE"]}}`},
		{"remove from a list of strings", `{"op":"remove","path":"processing.scopes","value":"CO"}`, varco, `{"fiscalCode":"CLLTTR65C14F257H","accountStatus":"ACTIVE","processing":{"authorised":true,"scopes":["OFFERTE"]}}`},

		{"numeric externalId", `{"op":"add","path":"externalId","value":4711}`, "externalId", `"4711"`},
		{"immutable, same in other case", `{"op":"replace","path":"` + varco + `:fiscalCode","value":"cllttr65c14f257h"}`, "userName", `"anna"`},
		{"read-only, unchanged", `{"op":"replace","path":"` + varco + `:accountStatus","value":"ACTIVE"}`, "userName", `"anna"`},
		{"operations follow each other", `{"op":"remove","path":"emails"},{"op":"add","path":"emails","value":[{"value":"z"}]}`, "emails", `[{"value":"z"}]`},
		{"no operations", ``, "userName", `"anna"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			after, err := patched(t, tt.op)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if v := after.get(tt.path); v != nil {
				got = string(appendJSON(nil, v))
			}
			if got != tt.want {
				t.Errorf("%s is %s, want %s", tt.path, got, tt.want)
			}
		})
	}
}

func TestPatchRefuses(t *testing.T) {
	const varco = "urn:ietf:params:scim:schemas:extension:varco:2.0:User"
	for _, tt := range []struct {
		name, op string
		kind     scimerrors.ScimType
		detail   string
	}{
		{"unknown op", `{"op":"delete","path":"title"}`, "invalidSyntax", "Operations[0]: op: expected add, remove or replace"},
		{"not an object", `1`, "invalidSyntax", "Operations[0]: expected an object"},
		{"path not a string", `{"op":"add","path":1,"value":1}`, "invalidPath", "path: expected a string"},
		{"unknown path", `{"op":"add","path":"nickname2","value":"x"}`, "invalidPath", "nickname2: no such attribute"},
		{"unknown sub-attribute", `{"op":"add","path":"name.nick","value":"x"}`, "invalidPath", "name.nick: no such attribute"},
		{"unknown name without path", `{"op":"add","value":{"shoeSize":"44"}}`, "invalidPath", "shoeSize"},
		{"unknown in a value path", `{"op":"remove","path":"emails[kind eq \"x\"]"}`, "invalidPath", "emails.kind: no such attribute"},
		{"unknown in our extension", `{"op":"add","value":{"` + varco + `":{"employment":{"endate":"2027-01-01"}}}}`, "invalidValue", "employment.endate: no such attribute"},
		{"extension as a string", `{"op":"replace","path":"` + varco + `","value":"x"}`, "invalidValue", "expected an object"},
		{"core schema removed", `{"op":"remove","path":"urn:ietf:params:scim:schemas:core:2.0:User"}`, "invalidValue", "expected an object"},
		{"password", `{"op":"add","path":"password","value":"x"}`, "invalidPath", "password"},
		{"broken path", `{"op":"add","path":"emails[type eq","value":"x"}`, "invalidPath", "path"},
		{"value path on a simple attribute", `{"op":"remove","path":"title[value eq \"x\"]"}`, "invalidPath", "title is not a list"},
		{"remove without path", `{"op":"remove"}`, "noTarget", "path: required for remove"},
		{"add without path or object", `{"op":"add","value":"x"}`, "invalidValue", "needs an object"},
		{"replace without match", `{"op":"replace","path":"emails[type eq \"other\"]","value":{"value":"x"}}`, "noTarget", "no value of emails"},
		{"cannot be made", `{"op":"replace","path":"emails[type ne \"work\" and type ne \"home\"].value","value":"x"}`, "noTarget", "no value of emails"},
		{"read-only", `{"op":"replace","path":"groups","value":[{"value":"g2"}]}`, "mutability", "groups: read-only"},
		{"read-only part", `{"op":"replace","path":"` + varco + `:accountStatus","value":"BLOCKED"}`, "mutability", "accountStatus: read-only"},
		{"read-only removed", `{"op":"remove","path":"groups[value eq \"g1\"]"}`, "mutability", "groups: read-only"},
		{"id", `{"op":"replace","path":"id","value":"x"}`, "mutability", "id: read-only"},
		{"immutable", `{"op":"replace","path":"fiscalCode","value":"PRVLCU78L62B819S"}`, "mutability", "fiscalCode: cannot be changed"},
		{"immutable removed", `{"op":"remove","path":"fiscalCode"}`, "mutability", "fiscalCode: cannot be changed"},
		{"required removed", `{"op":"remove","path":"userName"}`, "mutability", "userName: required"},
		{"required emptied", `{"op":"replace","path":"userName","value":""}`, "mutability", "userName: required"},
		{"required part removed", `{"op":"remove","path":"entitlements[value eq \"p@group\"].value"}`, "mutability", "entitlements.value: required"},
		{"unparsable boolean", `{"op":"replace","path":"active","value":"no"}`, "invalidValue", "active: expected true or false"},
		{"number as boolean", `{"op":"replace","path":"active","value":0}`, "invalidValue", "active: expected true or false"},
		{"number as string", `{"op":"replace","path":"title","value":7}`, "invalidValue", "title: expected a string"},
		{"object as string", `{"op":"replace","path":"title","value":{"a":1}}`, "invalidValue", "title: expected a string"},
		{"not a canonical value", `{"op":"add","path":"terminationReason","value":"BORED"}`, "invalidValue", "expected one of TERMINATION, LOSS_OF_QUALITY"},
		{"not in this case", `{"op":"add","path":"terminationReason","value":"moved"}`, "invalidValue", "expected one of TERMINATION"},
		{"password in our extension", `{"op":"add","value":{"` + varco + `":{"password":"x"}}}`, "invalidPath", "password: no such attribute"},
		{"two primaries", `{"op":"add","path":"emails","value":[{"value":"x","primary":true},{"value":"y","primary":true}]}`, "invalidValue", "more than one value is primary"},
		{"remove nothing in particular", `{"op":"remove","path":"entitlements","value":[{}]}`, "invalidValue", "nothing that could be removed"},
		{"second operation", `{"op":"add","path":"title","value":"t"},{"op":"add","path":"active","value":"x"}`, "invalidValue", "Operations[1]: active"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := patched(t, tt.op)
			checkRefusal(t, err, tt.kind, tt.detail)
		})
	}
}

func TestPatchMessage(t *testing.T) {
	for _, tt := range []struct{ body, want string }{
		{`{"Operations":[]}`, "schemas: must hold"},
		{`{"schemas":["urn:other"],"Operations":[]}`, "schemas: must hold"},
		{`{"schemas":["urn:other","URN:IETF:PARAMS:SCIM:API:MESSAGES:2.0:PATCHOP"],"operations":[]}`, ""},
		{`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`, "Operations: expected a list"},
	} {
		_, err := decodePatch(userType, mustDecode(t, tt.body), lenient)
		checkRefusal(t, err, "", tt.want)
	}
}

func TestPatchChangesNothingThatIsDone(t *testing.T) {
	for _, tt := range []struct {
		op   string
		want bool
	}{
		{`{"op":"replace","path":"userName","value":"anna"}`, false},
		{`{"op":"add","path":"entitlements","value":[{"value":"p@group"}]}`, false},
		{`{"op":"remove","path":"entitlements","value":[{"value":"absent"}]}`, false},
		{`{"op":"remove","path":"title"}`, false},
		{`{"op":"add","path":"title","value":"t"}`, true},
		{`{"op":"add","path":"title","value":"t"},{"op":"remove","path":"title"}`, false},
	} {
		after, err := patched(t, tt.op)
		if err != nil || equal(after, mustDecode(t, anna)) == tt.want {
			t.Errorf("%s: %s, %v, want it changed: %v", tt.op, appendJSON(nil, after), err, tt.want)
		}
	}
}

// TestPatchProperties: whatever happens, the document given is untouched, and adding what a remove of the same
// values takes away again brings the list back.
func TestPatchProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,3}@group`), 1, 4, rapid.ID).Draw(rt, "values")
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = obj("value", v)
		}
		doc := obj("userName", "u", "entitlements", []any{obj("value", "kept@unit:A")})
		before := string(appendJSON(nil, doc))
		attr := userType.find("", "entitlements")
		add := change{where: "Operations[0]", verb: opAdd, attr: attr, value: list}
		once, err := patch(doc, []change{add})
		if err != nil {
			rt.Fatal(err)
		}
		twice, err := patch(once, []change{add})
		if err != nil || !equal(once, twice) {
			rt.Errorf("adding again changed the list: %v", err)
		}
		remove := add
		remove.verb = opRemove
		back, err := patch(twice, []change{remove})
		if err != nil || !equal(back, doc) {
			rt.Errorf("removing what was added left %s, %v", appendJSON(nil, back), err)
		}
		if after := string(appendJSON(nil, doc)); after != before {
			rt.Errorf("the document given was changed to %s", after)
		}
	})
}

// FuzzPatch looks for a panic, and for a PATCH that gets a read-only or immutable attribute changed.
func FuzzPatch(f *testing.F) {
	for _, seed := range []string{
		`{"op":"add","path":"emails[type eq \"x\"].value","value":"y"}`,
		`{"op":"remove","value":{"entitlements":["p@group"]}}`,
		`{"op":"replace","value":{"urn:ietf:params:scim:schemas:extension:varco:2.0:User":{"fiscalCode":null}}}`,
		`{"op":"replace","path":"name","value":[{"familyName":{}}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, operations string) {
		body, err := decode([]byte(patchHead + operations + "]}"))
		if err != nil {
			return
		}
		changes, err := decodePatch(userType, body, lenient)
		if err != nil {
			return
		}
		before := mustDecode(t, anna)
		after, err := patch(before, changes)
		if err != nil {
			return
		}
		for _, name := range []string{"id", "groups", "fiscalCode", "accountStatus"} {
			a := userType.find("", name)
			if !equal(a.in(before), a.in(after)) {
				t.Errorf("%s became %s", name, appendJSON(nil, a.in(after)))
			}
		}
	})
}
