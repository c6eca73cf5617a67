import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

// Helpers for tests of moving to another processor.

extension TestBook {
    struct Migrated {
        let summary: MigratePaymentMethods.Summary
        let bad: [BadRow]
    }

    /// Moves from "sandbox" to "other" by these rows, each a list with commas.
    @discardableResult
    func migrate(
        _ rows: String..., columns: String = "old_token,new_token", from: String = "sandbox",
        to: String = "other", isDryRun: Bool = false, asksOthers: Bool = false,
        mailsPerDay: Int = 2_000
    ) async throws -> Migrated {
        let text = ([columns] + rows).joined(separator: "\n")
        return try await migrate(
            pieces: [Array(text.utf8)],
            .init(
                from: from, to: to, isDryRun: isDryRun, asksOthers: asksOthers,
                mailsPerDay: mailsPerDay))
    }

    /// Throws Unreadable after the last piece if the map is not whole.
    func migrate(
        pieces: [[UInt8]], _ options: MigratePaymentMethods.Options, isWhole: Bool = true
    ) async throws -> Migrated {
        var left = pieces[...]
        var bad: [BadRow] = []
        let summary = try await MigratePaymentMethods.run(
            options, in: context(),
            reading: {
                if let piece = left.popFirst() { return piece }
                guard isWhole else { throw Unreadable() }
                return []
            }, reporting: { bad.append($0) })
        return Migrated(summary: summary, bad: bad)
    }

    /// The processor to which the tests move; it gives every order this reply.
    func otherProcessor(_ reply: ScriptedProcessor.Reply = .succeed) -> ScriptedProcessor {
        ScriptedProcessor(name: "other", clock: { self.now }, answering: { _ in reply })
    }

    /// One billing run through both processors.
    @discardableResult
    func bill(
        through former: ScriptedProcessor, and other: ScriptedProcessor
    ) async throws -> RunBilling.Summary {
        try await RunBilling.run(through: Processors([former, other]), in: context())
    }

    /// The methods in this state, in the order of their ids.
    func methods(in state: PaymentMethodState) async throws -> [PaymentMethod] {
        try await methods().filter { $0.state == state }
    }

    /// When the mails that ask for another method are due, in order.
    func timesOfAsking() async throws -> [String] {
        try await rows(
            """
            SELECT next_attempt_at FROM mail_messages WHERE kind = 'methodNeeded'
            ORDER BY next_attempt_at, id
            """
        ).map { Instant(milliseconds: try $0.integer(0)).rfc3339 }
    }
}

/// Thrown when a file breaks off.
struct Unreadable: Error {}
