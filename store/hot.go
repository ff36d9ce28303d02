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
func hotWrites() []string {
	return []string{
		insertPerson, insertPersonCode, insertCollaborator, updateCollaborator, grantTable.insert(1),
		insertAuditEntry, insertAuditDetail, upsertDeadline, insertLogin, insertVisit, insertSession, insertReleased,
		noticeSessions + "collaborator_id = ?", endSessions + "collaborator_id = ?)",
	}
}
