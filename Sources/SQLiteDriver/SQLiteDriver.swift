// SQLiteDriver: Store's driver protocol on SQLite. It is the only importer of GRDB, and imports
// Store for the protocol. Group commit lives here, invisible to Store. Never here: a table, an
// entity, a key.
