package store

import "varco/registry"

// hotReads are the reads that every request makes, prepared when the store opens.
func hotReads(d dialect) ([]string, error) {
	reads := []string{
		selectClient, selectCompany, selectCollaborator, selectCollaboratorsOf,
		selectPerson, selectPersonByCode, selectUnits, selectUnit,
		selectLogin, selectLoginByCookie, selectVisitByCookie, selectSession,
	}
	pages, err := hotPages(d)
	return append(reads, pages...), err
}

// hotPages are the searches that connectors make before every change.
func hotPages(d dialect) ([]string, error) {
	pages := []string{}
	for _, f := range []registry.Filter{
		nil,
		registry.Compare{Field: registry.FieldUserName, Op: registry.Equal, Value: ""},
		registry.Compare{Field: registry.FieldExternalID, Op: registry.Equal, Value: ""},
	} {
		cond, err := conditionOf(registry.Query{Where: f}, d)
		if err != nil {
			return nil, err
		}
		if findsOne(f) {
			pages = append(pages, selectOnly(cond.sql.String()))
			continue
		}
		pages = append(pages, selectPage(cond.sql.String()))
	}
	return pages, nil
}

// hotWrites are the writes of the operations that connectors and people repeat.
// Where changes go together (queue.go) the store learns their statements instead.
func hotWrites() []string {
	return []string{
		personTable.insertOne, personCodeTable.insertOne, insertCollaborator, updateCollaborator, grantTable.insertOne,
		auditTable.insertOne, auditDetailTable.insertOne, upsertDeadline,
		loginTable.insertOne, visitTable.insertOne, sessionTable.insertOne, sessionGrantTable.insertOne,
		openSavepoint, releaseSavepoint, rollbackSavepoint,
		noticeSessions + "collaborator_id = ?", endSessions + "collaborator_id = ?)",
	}
}
