package import Pledging
import Store

/// Moves payment methods from one processor to another by a map of tokens. It charges nobody and
/// changes no charge's day. A charge in doubt stays with the processor to which it was sent.
/// Readers whose methods are not in the map can be asked for another one.
///
/// If it is killed and run again, it goes on; when it is done, another run changes nothing.
package enum MigratePaymentMethods {
    package struct Options: Sendable {
        /// The names of the former processor and of the new one.
        package var from: String
        package var to: String
        package var isDryRun: Bool
        /// Whether methods that are not in the map are given up, and their readers asked by mail.
        /// This is not done while a row of the map is invalid, because that may be theirs.
        package var asksOthers: Bool
        package var mailsPerDay: Int

        package init(
            from: String, to: String, isDryRun: Bool = false, asksOthers: Bool = false,
            mailsPerDay: Int = Options.standardMailsPerDay
        ) {
            self.from = from
            self.to = to
            self.isDryRun = isDryRun
            self.asksOthers = asksOthers
            self.mailsPerDay = mailsPerDay
        }

        /// Few enough that mail servers do not take them for an attack.
        package static let standardMailsPerDay = 2_000
    }

    package struct Summary: Hashable, Sendable {
        /// The rows of the map, without its header.
        package var rows = 0
        package var bad = 0
        /// Rows whose old token belongs to no method, or to none any more.
        package var unusedRows = 0
        /// Methods that the former processor collects by, before the run.
        package var methods = 0
        package var matched = 0
        package var movedPledges = 0
        /// Methods that are not in the map, and the live pledges that they pay.
        package var unmatchedMethods = 0
        package var unmatchedPledges = 0
        /// Methods that are not in the map and pay no live pledge; they stay as they are.
        package var idleMethods = 0
        /// Mails of this run that ask for another method, and the day on which the last is sent.
        package var mails = 0
        package var lastMailOn: CivilDate?

        package var json: JSON {
            .members([
                "rows": .integer(Int64(rows)), "bad": .integer(Int64(bad)),
                "unused_rows": .integer(Int64(unusedRows)),
                "methods": .integer(Int64(methods)), "matched": .integer(Int64(matched)),
                "moved_pledges": .integer(Int64(movedPledges)),
                "unmatched_methods": .integer(Int64(unmatchedMethods)),
                "unmatched_pledges": .integer(Int64(unmatchedPledges)),
                "idle_methods": .integer(Int64(idleMethods)), "mails": .integer(Int64(mails)),
                "last_mail_on": lastMailOn.map { .string($0.description) },
            ])
        }
    }

    /// Reads the map, a CSV file that `nextPiece` returns in chunks until one is empty. Invalid
    /// rows go to `report` and are left out. Throws Problem `.invalid` for an invalid processor's
    /// name, an empty map or an invalid header line.
    package static func run(
        _ options: Options, in context: Context, reading nextPiece: @escaping () throws -> [UInt8],
        reporting report: (BadRow) throws -> Void, progress: (Int) -> Void = { _ in }
    ) async throws -> Summary {
        try check(options)
        let summary = try await context.run(isDryRun: options.isDryRun) { context in
            try await migrate(
                options, in: context, reading: nextPiece, reporting: report, progress: progress)
        }
        context.log(
            .info, options.isDryRun ? "migration counted" : "methods migrated", summary.json)
        return summary
    }

    private static func migrate(
        _ options: Options, in context: Context, reading nextPiece: @escaping () throws -> [UInt8],
        reporting report: (BadRow) throws -> Void, progress: (Int) -> Void
    ) async throws -> Summary {
        let now = context.now
        var reader = CSVReader(nextPiece)
        guard let first = try reader.next() else {
            throw Problem(.invalid, "the map is empty; its first line must name the columns")
        }
        let header = try MapHeader(first)
        // 1. Tokens are sealed, so every method of the former processor is opened once.
        var index = try await index(of: options.from, in: context)
        var summary = Summary()
        summary.methods = index.count
        // 2. The rows, one batch per transaction.
        let mover = MethodMover(
            from: options.from, to: options.to, context: context, now: now)
        while true {
            var batch = try MapBatch(&reader, header, &index)
            guard batch.rows > 0 else { break }
            let moved = try await mover.move(batch.targets)
            batch.settle(moved, &index)
            for row in batch.bad { try report(row) }
            summary.add(batch)
            progress(summary.rows)
        }
        // 3. The methods that are not in the map.
        let others = MethodsLeftBehind(
            processor: options.from, context: context, now: now)
        let left = try await others.find { index.isTaken($0) }
        summary.unmatchedMethods = left.methods.count
        summary.unmatchedPledges = left.pledges
        summary.idleMethods = left.idle
        if options.asksOthers, summary.bad == 0 {
            let asked = try await others.ask(left.methods, mailsPerDay: options.mailsPerDay)
            summary.mails = asked.mails
            summary.lastMailOn = asked.lastOn
        }
        return summary
    }

    private static func check(_ options: Options) throws(Problem) {
        _ = try InputRules.processor(options.from, field: .fromProcessor)
        _ = try InputRules.processor(options.to, field: .toProcessor)
        guard options.from != options.to else {
            throw Problem(
                .invalid, field: .toProcessor, "is the former processor; name the new one")
        }
    }

    private static func index(
        of processor: String, in context: Context
    ) async throws -> MethodIndex {
        var index = MethodIndex()
        var last: String? = ""
        while let after = last {
            let page = try await context.book.read {
                try $0.liveMethods(at: processor, after: after, limit: pageSize)
            }
            for method in page { index.add(method) }
            last = page.count == pageSize ? page.last?.id.text : nil
        }
        return index
    }

    /// Methods per read, which takes some milliseconds.
    private static let pageSize = 1_000
}

extension MigratePaymentMethods.Summary {
    fileprivate mutating func add(_ batch: MapBatch) {
        rows += batch.rows
        bad += batch.bad.count
        unusedRows += batch.unused
        matched += batch.matched
        movedPledges += batch.movedPledges
    }
}
