package store

// hotReads are the reads that every request makes, prepared when the store opens.
func hotReads() []string {
	return []string{
		selectClient, selectCompany, selectCollaborator, selectCollaboratorsOf,
		selectPerson, selectPersonByCode, selectUnits, selectUnit,
		selectLogin, selectLoginByCookie, selectVisitByCookie, selectSession,
	}
}

// hotWrites are the writes of the operations that connectors and people repeat.
// Where changes go together (queue.go) the store learns their statements instead.
func hotWrites() []string {
	return []string{
		personTable.insertOne, personCodeTable.insertOne, insertCollaborator, updateCollaborator, grantTable.insertOne,
		auditTable.insertOne, auditDetailTable.insertOne, upsertDeadline,
		loginTable.insertOne, visitTable.insertOne, sessionTable.insertOne, sessionGrantTable.insertOne,
		noticeSessions + "collaborator_id = ?", endSessions + "collaborator_id = ?)",
	}
}
