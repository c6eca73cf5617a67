import Pledging

/// The rows of a map that go into one transaction, and what became of them.
struct MapBatch {
    private(set) var rows = 0
    private(set) var targets: [MethodMover.Target] = []
    /// Invalid rows, in the order of their lines.
    private(set) var bad: [BadRow] = []
    private(set) var unused = 0
    private(set) var matched = 0
    private(set) var movedPledges = 0

    /// Reads the next rows; none at the end of the map. The methods that they find are claimed in
    /// the index.
    init(_ reader: inout CSVReader, _ header: MapHeader, _ index: inout MethodIndex) throws {
        while targets.count < MapBatch.targetMaximum, rows < MapBatch.rowMaximum,
            let record = try reader.next()
        {
            rows += 1
            do throws(Problem) {
                try add(record, header, &index)
            } catch {
                reject(record.line, error.field?.mapColumn, error.message)
            }
        }
    }

    private mutating func add(
        _ record: CSVRecord, _ header: MapHeader, _ index: inout MethodIndex
    ) throws(Problem) {
        switch record.content {
        case .malformed(let reason): throw Problem(.invalid, reason)
        case .fields(let fields):
            let row = try MapRow(header.values(of: fields), line: record.line)
            switch index.claim(row.oldToken) {
            case .found(let ids): targets.append(MethodMover.Target(row: row, ids: ids))
            case .unknown: unused += 1
            case .taken:
                throw Problem(
                    .invalid, field: .formerToken,
                    "is also on an earlier line, which was used")
            }
        }
    }

    /// `moved` has the result of each target. Methods that were claimed and not moved are released.
    mutating func settle(_ moved: [MethodMover.Moved], _ index: inout MethodIndex) {
        for (target, answer) in zip(targets, moved) {
            matched += answer.ids.count
            movedPledges += answer.pledges
            index.release(
                target.ids.filter { !answer.ids.contains($0) }, of: target.row.oldToken)
            if answer.isRefused {
                reject(target.row.line, nil, "refused by the risk policy")
            } else if answer.ids.isEmpty {
                unused += 1
            }
        }
        bad.sort { $0.line < $1.line }
    }

    private mutating func reject(_ line: Int, _ column: MapColumn?, _ rule: String) {
        bad.append(BadRow(line: line, column: column?.rawValue, rule: rule))
    }

    /// Targets per transaction: a dozen rows change for each method, and other writers wait.
    private static let targetMaximum = 50
    /// Rows per batch, so that progress is shown even if few rows find a method.
    private static let rowMaximum = 1_000
}
