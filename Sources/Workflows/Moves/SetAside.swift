import Pledging
import Store

// A row that cannot be written (a sum that would overflow, a value that something else changed)
// stops nobody else: it is set aside with an attention, and the run goes on.

extension Context {
    /// Runs `body`, which is about one row. Returns nil if it failed because of that row, which is
    /// `subject`. Throws any other error.
    func settingAside<Answer>(
        _ subject: String, _ body: () async throws -> Answer
    ) async throws -> Answer? {
        do {
            return try await body()
        } catch  where error.isAboutRow {
            log(.error, "a row is set aside", ["subject": "\(subject)", "error": "\(error)"])
            try await change { try $0.attention.raise(.rowFailing, subject, "\(error)") }
            return nil
        }
    }

    /// Runs `body` on all items in one write. If one of them fails because of its row, each is
    /// written by itself. Returns what was done. A job whose whole run has one moment gives it as
    /// `moment`.
    func settingAside<Item: Sendable, Answer: Sendable>(
        each items: [Item], at moment: Instant? = nil, subject: (Item) -> String,
        _ body: @escaping @Sendable ([Item], Change) throws -> Answer
    ) async throws -> [Answer] {
        do {
            return [try await change(at: moment) { try body(items, $0) }]
        } catch  where error.isAboutRow {
            var answers: [Answer] = []
            for item in items {
                let answer = try await settingAside(subject(item)) {
                    try await change(at: moment) { try body([item], $0) }
                }
                if let answer { answers.append(answer) }
            }
            return answers
        }
    }
}

extension Error {
    /// Whether it is about the values of a row, and not about the database, the key ring, another
    /// writer or the process.
    fileprivate var isAboutRow: Bool {
        switch self {
        case let error as DriverError:
            if case .constraint = error { true } else { false }
        case is RowError: true
        default: false
        }
    }
}
