// SQLiteDriver: Store's driver protocol, implemented on SQLite. It is the only importer of GRDB,
// and imports Store for the protocol. It groups commits, which Store does not see. Never here: a
// table, an entity, a key.
