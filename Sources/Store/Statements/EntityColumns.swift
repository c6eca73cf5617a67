import Pledging

/// One column of a table: how INSERT and UPDATE treat it, and which value is bound.
struct Column<Entity>: Sendable {
    enum Role: Sendable {
        /// Identifies the row: UPDATE finds the row by it.
        case key
        /// Written by INSERT alone.
        case fixed
        /// Written by INSERT and UPDATE.
        case changing
        /// As `changing`, and UPDATE finds only a row of the version before.
        case version
        /// Written by INSERT alone, and UPDATE finds only a row that still holds the value.
        case compared
        /// Written by INSERT with the entity's value, by UPDATE with the time of the change.
        case stamp
        /// Only read: it belongs to another table, or separate statements write it.
        case read
    }

    /// Where the bound value comes from.
    enum Source: Sendable {
        case entity(@Sendable (Entity) throws -> Value)
        /// A value that needs the ring, usually to be sealed.
        case sealed(@Sendable (Entity, KeyRing) throws -> Value)
        case timeOfChange
    }

    let name: String
    let role: Role
    /// Whether SELECT lists it, and so whether the function that reads the row reads it.
    let isSelected: Bool
    /// The table that holds it; nil for the entity's own.
    let table: String?
    let source: Source

    private init(
        _ name: String, _ role: Role, isSelected: Bool = true, table: String? = nil,
        _ source: Source
    ) {
        self.name = name
        self.role = role
        self.isSelected = isSelected
        self.table = table
        self.source = source
    }
}

extension Column {
    typealias FromEntity = @Sendable (Entity) throws -> Value
    typealias Sealed = @Sendable (Entity, KeyRing) throws -> Value

    static func key(
        _ name: String, isSelected: Bool = true, value: @escaping FromEntity
    ) -> Column {
        Column(name, .key, isSelected: isSelected, .entity(value))
    }

    static func fixed(
        _ name: String, isSelected: Bool = true, value: @escaping FromEntity
    ) -> Column {
        Column(name, .fixed, isSelected: isSelected, .entity(value))
    }

    static func changing(
        _ name: String, isSelected: Bool = true, value: @escaping FromEntity
    ) -> Column {
        Column(name, .changing, isSelected: isSelected, .entity(value))
    }

    static func compared(_ name: String, value: @escaping FromEntity) -> Column {
        Column(name, .compared, .entity(value))
    }

    static func version(value: @escaping @Sendable (Entity) -> Int64) -> Column {
        Column("version", .version, .entity { .integer(value($0)) })
    }

    /// `value` is what INSERT writes. It is never selected.
    static func updatedAt(value: @escaping @Sendable (Entity) -> Instant) -> Column {
        Column("updated_at", .stamp, isSelected: false, .entity { Value(value($0)) })
    }

    /// As `changing`, for a value that needs the ring.
    static func sealed(_ name: String = "sealed", value: @escaping Sealed) -> Column {
        Column(name, .changing, .sealed(value))
    }

    /// As `fixed`, for a value that needs the ring.
    static func sealedOnce(
        _ name: String = "sealed", isSelected: Bool = true, value: @escaping Sealed
    ) -> Column {
        Column(name, .fixed, isSelected: isSelected, .sealed(value))
    }

    /// `table` is the table that holds it, which the statement joins; nil for the entity's own.
    static func read(_ name: String, of table: String? = nil) -> Column {
        Column(name, .read, table: table, .entity { _ in .null })
    }
}

/// The columns of a table in one order, which INSERT, UPDATE, SELECT and the function that reads
/// the rows share. A new column is added here and, at the same place, to that function.
///
/// The texts of the statements are put together once, when the list is made.
struct EntityColumns<Entity>: Sendable {
    let table: String
    let columns: [Column<Entity>]
    /// What SELECT and RETURNING list: each column with its table.
    let selected: String
    let selectedCount: Int
    let insert: Statement
    /// Writes the changing columns of the one row that has the key, the version before and the
    /// compared values; returns the key of that row. Empty when no column changes.
    let update: Statement

    private let insertSources: [Column<Entity>.Source]
    private let updateSources: [Column<Entity>.Source]

    init(_ table: String, _ columns: [Column<Entity>]) {
        self.table = table
        self.columns = columns
        let selection = columns.filter(\.isSelected)
        selected = selection.map { "\($0.table ?? table).\($0.name)" }.joined(separator: ", ")
        selectedCount = selection.count
        let inserted = columns.filter { $0.role != .read }
        insert = Self.insert(into: table, inserted)
        insertSources = inserted.map(\.source)
        let assigned = Self.assigned(columns)
        let conditions =
            columns.filter { $0.role == .key } + columns.filter { $0.role == .compared }
        update = Self.update(table, assigned, conditions)
        updateSources =
            assigned.map { $0.role == .stamp ? .timeOfChange : $0.source }
            + conditions.map(\.source)
    }

    /// The values that `insert` binds.
    func inserted(_ entity: Entity, _ keys: KeyRing) throws -> [Value] {
        try values(insertSources, entity, nil, keys)
    }

    /// The values that `update` binds; `now` may be nil when there is no `updated_at`.
    func updated(_ entity: Entity, at now: Instant?, _ keys: KeyRing) throws -> [Value] {
        try values(updateSources, entity, now, keys)
    }

    /// Inserts a row, or writes the changing columns of the row that has its key.
    var upsert: Statement {
        let keys = columns.filter { $0.role == .key }.map(\.name).joined(separator: ", ")
        let list = Self.assigned(columns).map { "\($0.name) = excluded.\($0.name)" }
            .joined(separator: ", ")
        return Statement("\(insert.sql) ON CONFLICT (\(keys)) DO UPDATE SET \(list)")
    }

    private func values(
        _ sources: [Column<Entity>.Source], _ entity: Entity, _ now: Instant?, _ keys: KeyRing
    ) throws -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(sources.count)
        for source in sources {
            switch source {
            case .entity(let value): values.append(try value(entity))
            case .sealed(let value): values.append(try value(entity, keys))
            case .timeOfChange: values.append(Value(now))
            }
        }
        return values
    }

    // MARK: Texts

    private static func assigned(_ columns: [Column<Entity>]) -> [Column<Entity>] {
        columns.filter { [.changing, .version, .stamp].contains($0.role) }
    }

    private static func insert(into table: String, _ columns: [Column<Entity>]) -> Statement {
        let names = columns.map(\.name).joined(separator: ", ")
        let places = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return Statement("INSERT INTO \(table) (\(names)) VALUES (\(places))")
    }

    private static func update(
        _ table: String, _ assigned: [Column<Entity>], _ conditions: [Column<Entity>]
    ) -> Statement {
        guard let key = conditions.first, !assigned.isEmpty else { return "" }
        let assignments = assigned.enumerated().map { "\($1.name) = $\($0 + 1)" }
        var tests = conditions.enumerated().map { "\($1.name) = $\(assigned.count + $0 + 1)" }
        if let version = assigned.firstIndex(where: { $0.role == .version }) {
            tests.append("version = $\(version + 1) - 1")
        }
        return Statement(
            """
            UPDATE \(table) SET \(assignments.joined(separator: ", "))
            WHERE \(tests.joined(separator: " AND ")) RETURNING \(key.name)
            """)
    }
}

extension Transaction {
    func insertRow<Entity>(_ entity: Entity, _ columns: EntityColumns<Entity>) throws {
        _ = try connection.run(columns.insert, [columns.inserted(entity, keys)])
    }

    func insertRows<Entity>(_ entities: [Entity], _ columns: EntityColumns<Entity>) throws {
        _ = try connection.run(columns.insert, entities.map { try columns.inserted($0, keys) })
    }

    /// Returns false, and writes nothing, when no row has the entity's key, the version before and
    /// the compared values. `now` may be nil when there is no `updated_at`.
    @discardableResult
    func updateRow<Entity>(
        _ entity: Entity, _ columns: EntityColumns<Entity>, at now: Instant? = nil
    ) throws -> Bool {
        try !connection.run(columns.update, [columns.updated(entity, at: now, keys)]).isEmpty
    }
}
