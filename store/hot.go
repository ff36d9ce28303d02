package store

import "varco/registry"

// hotReads are the reads that every request makes, prepared when the store opens.
func hotReads(d dialect) ([]string, error) {
	reads := []string{
		selectClient, selectCompany, selectCollaborator, selectCollaboratorsOf,
		selectPerson, selectPersonByCode, countDepartures, selectUnits, selectUnit, selectStaff, selectMembers, d.selectUnitAnd(),
		selectLogin, selectLoginByCookie, selectVisitByCookie, selectSession,
	}
	pages, err := hotPages(d)
	return append(reads, pages...), err
}

// hotPages are the searches that connectors make before every change, and the
// pages they read one after the other.
func hotPages(d dialect) ([]string, error) {
	var pages []string
	someCode := string(registry.FiscalCode("AAAAAA80A01H501A").Folded())
	for _, f := range []registry.Field{registry.FieldUserName, registry.FieldExternalID, registry.FieldFiscalCode} {
		cond, err := conditionOf(registry.Query{Company: "x", Where: registry.Compare{Field: f, Op: registry.Equal, Value: someCode}}, d)
		if err != nil {
			return nil, err
		}
		pages = append(pages, selectOnly(cond.sql.String()))
	}
	for _, after := range []*registry.Position{nil, {}} {
		page, _, err := selectPage(registry.Query{Company: "x", After: after}, d)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}

// hotWrites are the writes of the operations that connectors and people repeat.
// Where changes go together (queue.go) the store learns their statements instead.
func hotWrites() []string {
	return []string{
		personTable.insertOne, personCodeTable.insertOne, insertCollaborator, updateCollaborator, grantTable.insertOne,
		insertDeparture, auditTable.insertOne, auditDetailTable.insertOne, upsertDeadline,
		loginTable.insertOne, visitTable.insertOne, sessionTable.insertOne, sessionGrantTable.insertOne,
		openSavepoint, releaseSavepoint, rollbackSavepoint,
		noticeSessions + "collaborator_id = ?", endSessions + "collaborator_id = ?)",
	}
}
