package scim_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"varco/registry"
	"varco/scim"
	"varco/store"
	"varco/store/storetest"
)

// TestSearchMeansWhatItSays draws filters and compares the database's answer with the same filter evaluated in memory
// on every user as it is shown.
func TestSearchMeansWhatItSays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.population()
		var all struct {
			Resources []json.RawMessage
		}
		w.get("hr", "/Users?count=200", &all)
		rapid.Check(t, func(rt *rapid.T) {
			filter := drawSearch(rt, 3)
			var want []string
			for _, shown := range all.Resources {
				yes, err := scim.Holds(filter, shown)
				if err != nil {
					rt.Fatalf("%s: %v", filter, err)
				}
				if yes {
					want = append(want, idOf(shown))
				}
			}
			var got struct{ Resources []json.RawMessage }
			if status := w.get("hr", "/Users?count=200&filter="+url.QueryEscape(filter), &got); status != 200 {
				rt.Fatalf("%s: status %d", filter, status)
			}
			var ids []string
			for _, shown := range got.Resources {
				ids = append(ids, idOf(shown))
			}
			if !slices.Equal(ids, want) {
				rt.Errorf("%s: the store found %d, memory %d: %v, %v", filter, len(ids), len(want), ids, want)
			}
		})
	})
}

func idOf(shown json.RawMessage) string {
	var doc struct{ ID string }
	if err := json.Unmarshal(shown, &doc); err != nil {
		panic(err)
	}
	return doc.ID
}

var searchNames = []string{"anna", "Anna", "BRUNO", "è vero", "100%", "a_b", `back\slash`}

// population makes users that differ in everything that can be searched.
func (w *world) population() {
	w.t.Helper()
	codes := []string{"CLLTTR65C14F257H", "PRVLCU78L62B819S", "CLLNDR88M28A944B", "", ""}
	for i := range 14 {
		w.now = w.now.Add(time.Second)
		name := searchNames[i%len(searchNames)]
		doc := map[string]any{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": fmt.Sprintf("%s-%d", name, i),
			"name": map[string]any{"familyName": searchNames[(i+3)%len(searchNames)]}, "active": i%4 != 3,
		}
		if i%2 == 0 {
			doc["externalId"], doc["displayName"] = name, name
			doc["externalId"] = fmt.Sprintf("%s%d", name, i)
		}
		if i%3 == 0 && i%4 != 3 {
			doc["department"], doc["entitlements"] = fmt.Sprintf("MO0%d", i%3+1), []string{"co-sare-gestione@group"}
		}
		other := searchNames[(i+1)%len(searchNames)]
		if i%3 != 2 {
			doc["title"], doc["nickName"] = name, other
			doc["emails"] = []any{map[string]any{"value": name + "@mecc.example", "type": []string{"work", "home"}[i%2], "primary": i%4 == 0},
				map[string]any{"value": other + "@casa.example"}}
			doc["addresses"] = []any{map[string]any{"country": []string{"IT", "US"}[i%2], "locality": name, "type": "work"}}
		}
		if i%2 == 1 {
			doc["manager"], doc["employeeNumber"] = map[string]any{"value": fmt.Sprint("M", i%3), "displayName": other}, fmt.Sprint("È", i)
			doc["processing"] = map[string]any{"authorised": i%3 == 0, "documentRef": name, "scopes": []string{[]string{"CO", "AGENDA"}[i/2%2]}, "reviewBy": "2028-01-0" + fmt.Sprint(i%9+1)}
		}
		if i < len(codes) && codes[i] != "" {
			doc["fiscalCode"] = codes[i]
		}
		if i%5 == 0 && i%4 != 3 {
			doc["employment"] = map[string]any{"startDate": "2027-01-01", "endDate": fmt.Sprintf("2027-0%d-28", i/5+4)}
		}
		body, err := json.Marshal(doc)
		w.must(err)
		w.post("hr", "/Users", string(body))
	}
	w.now = time.Date(2027, 5, 1, 0, 0, 0, 0, registry.Rome)
}

func drawSearch(t *rapid.T, depth int) string {
	if depth > 0 {
		switch rapid.IntRange(0, 5).Draw(t, "shape") {
		case 0:
			return drawSearch(t, 0) + " and " + drawSearch(t, depth-1)
		case 1:
			return "(" + drawSearch(t, depth-1) + ") or " + drawSearch(t, depth-1)
		case 2:
			return "not (" + drawSearch(t, depth-1) + ")"
		}
	}
	switch rapid.SampledFrom([]string{"text", "text", "pr", "other"}).Draw(t, "term") {
	case "pr":
		return rapid.SampledFrom([]string{"externalId pr", "displayName pr", "department pr", "employment.endDate pr", "entitlements pr",
			"fiscalCode pr", "department eq null", "displayName ne null", "active pr",
			"title pr", "emails pr", "emails.type pr", "emails.type eq null", "emails eq null", "manager pr", "manager ne null", "name pr", "name.middleName pr", "addresses pr",
			"processing.scopes pr", "processing.scopes eq null", "schemas pr", "groups.type pr", "processing pr", "thirdParty pr"}).Draw(t, "present")
	case "other":
		return rapid.SampledFrom([]string{"active eq true", "active ne true", `entitlements.value eq "co-sare-gestione@group"`,
			`department eq "MO01"`, `department eq "mo01"`, `department ne "MO01"`, `fiscalCode eq "clltTR65c14f257h"`, `fiscalCode ne "CLLTTR65C14F257H"`,
			`employment.endDate eq "2027-04-28"`, `employment.endDate gt "2027-04-28"`, `employment.endDate ne "2027-05-28"`, `employment.endDate le "2027-05-28"`,
			`meta.created ge "2027-02-03T00:00:05Z"`, `meta.created lt "2027-02-03T00:00:05Z"`, `meta.lastModified ne "2027-02-03T00:00:05Z"`,
			`entitlements[value eq "co-sare-gestione@group" or value eq "x"]`, `entitlements[value eq "co-sare-gestione@group" and type eq "GROUP"]`,
			`emails[type eq "work"].value eq "anna@mecc.example"`, `emails[type eq "work" and not (primary eq true)]`, `emails[type ne "work"]`,
			`emails[value sw "ANNA" and (type eq "home" or primary eq true)]`, `emails[type eq null]`, `emails.primary eq true`, `emails.primary ne true`,
			`addresses[country eq "us" and locality sw "b"]`, `groups[type eq "direct" and value pr]`, `name[familyName ne "x"]`, `name[familyName sw "a" and givenName eq null]`,
			`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager[value eq "M1" or displayName co "n"]`, `employment.stable eq false`, `firstAccessDone eq false`,
			`processing.authorised eq true`, `fiscalCode sw "CLL"`, `fiscalCode gt "clm"`, `processing[authorised eq true and documentRef pr]`}).Draw(t, "other")
	}
	attribute := rapid.SampledFrom([]string{"userName", "externalId", "displayName", "name.familyName", "department", "title", "nickName", "emails",
		"emails.value", "emails.type", "emails.display", "addresses.country", "addresses.locality", "manager", "manager.value", "manager.displayName", "employeeNumber",
		"groups.type", "groups", "entitlements.type", "entitlements.value", "accountStatus", "processing.documentRef", "processing.reviewBy", "processing.scopes",
		"employment.relationship", "meta.resourceType", "schemas", "name.middleName"}).Draw(t, "attribute")
	op := rapid.SampledFrom([]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}).Draw(t, "op")
	value := rapid.SampledFrom(append([]string{"work", "IT", "M1", "È1", "direct", "indirect", "ACTIVE", "TERMINATED", "PENDING_IDENTITY",
		"UNIT", "GROUP", "co-sare-gestione@group", "anna@mecc.example", "Anna@casa.example", "CO", "EMPLOYEE", "User", "2028-01-04"}, searchNames...)).Draw(t, "value")
	if rapid.Bool().Draw(t, "part") {
		value = value[:1]
	}
	quoted, err := json.Marshal(strings.ToValidUTF8(value, "è"))
	if err != nil {
		panic(err)
	}
	return attribute + " " + op + " " + string(quoted)
}
