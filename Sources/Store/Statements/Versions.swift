extension Transaction {
    /// Returns the version of the row that has this id; nil when there is none, or its table has no
    /// versions.
    package func version(of id: String) throws -> Int64? {
        let tables = [
            "sup": "supporters", "plg": "pledges", "pmt": "payment_methods", "rem": "reminders",
            "chg": "charges", "whe": "webhook_endpoints", "att": "attentions",
        ]
        guard let table = tables[String(id.prefix { $0 != "_" })] else { return nil }
        return try connection.run(
            Statement("SELECT version FROM \(table) WHERE id = $1"), .text(id)
        ).first?.read { try $0.integer() }
    }
}
