package import Pledging
import Store

/// Checks an open book and says how to mend what is wrong. It changes nothing.
package enum RunDoctor {
    /// Returns all checks, sound or not.
    package static func run(in context: Context) async throws -> [Check] {
        var checks = try await engine(
            of: context.book, cure: "restore the book from its last backup")
        let newsroom = try await context.book.read { try $0.newsroom() }
        checks.append(
            Check(
                "newsroom", newsroom.maySendSupportMail,
                newsroom.maySendSupportMail
                    ? "legal name and postal address are set"
                    : "legal name or postal address is missing: no support mail is sent",
                cure: "mainstay newsroom set --legal-name … --postal-address …"))
        let isHeld = try await context.isHeld()
        checks.append(
            Check(
                "copy", !isHeld,
                isHeld
                    ? "an older copy than the book on which jobs last ran; its jobs are stopped"
                    : "the current book",
                cure: "to make it the current book: mainstay release"))
        checks.append(try await riskPolicy(context))
        checks.append(try await attention(context))
        checks += try await charging(context)
        checks += try await invariants(
            of: context.book,
            cure: "something other than mainstay changed the book: restore it from its last backup")
        checks.append(try await sealed(context))
        return checks
    }

    /// The checks that need no keys, for a book whose keys were destroyed.
    package static func runWithoutKeys(in context: Context) async throws -> [Check] {
        try await engine(of: context.book, cure: "restore the book from its last backup")
            + invariants(
                of: context.book,
                cure: "something other than mainstay changed the book: restore it from its last "
                    + "backup")
    }

    /// One check and its result.
    package struct Check: Sendable {
        package let name: String
        package let isSound: Bool
        package let detail: String
        /// What to do when the check failed.
        package let cure: String

        package init(_ name: String, _ isSound: Bool, _ detail: String, cure: String) {
            self.name = name
            self.isSound = isSound
            self.detail = detail
            self.cure = cure
        }

        package var json: JSON {
            .members([
                "check": .string(name), "sound": .bool(isSound), "detail": .string(detail),
                "cure": isSound ? nil : .string(cure),
            ])
        }
    }

    /// Checks that somebody has reviewed the risk policies before real money is collected.
    private static func riskPolicy(_ context: Context) async throws -> Check {
        let (isReviewed, isLive) = try await context.look { look in
            (try !look.store.riskPolicies().isEmpty, try look.store.collectsForReal())
        }
        return Check(
            "risk policy", isReviewed || !isLive,
            isReviewed ? "reviewed" : "nobody has reviewed it",
            cure: "for each country where giving is dangerous: mainstay risk set CC "
                + "warn|oneOffOnly|refuse; if there is none: mainstay risk set '*' allow")
    }

    /// Checks for what no job settles by itself.
    /// What waits for a person of the newsroom.
    private static func attention(_ context: Context) async throws -> Check {
        let counts = try await context.look { try $0.store.openAttentionCounts() }
        let kinds = counts.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.value) \($0.key.rawValue)" }
        return Check(
            "attention", counts.isEmpty,
            counts.isEmpty ? "nothing needs a person" : kinds.joined(separator: ", "),
            cure: "mainstay attention list")
    }

    private static func charging(_ context: Context) async throws -> [Check] {
        let now = context.now
        let (lingering, unread, unforgotten) = try await context.look { look in
            (
                try look.store.chargesInDoubt(since: now.adding(days: -doubtDays)),
                try look.store.unreadableProcessorEvents(),
                try look.store.removals(
                    waitingSince: now.adding(days: -MethodMoves.doubtDays - doubtDays))
            )
        }
        return [
            Check(
                "charges in doubt", lingering == 0,
                lingering == 0
                    ? "none for more than \(doubtDays) days"
                    : "\(lingering) for more than \(doubtDays) days",
                cure: "mainstay run reconcile; then look at 'mainstay charge list --state unknown' "
                    + "and settle each with 'mainstay charge resolve'"),
            Check(
                "processors' messages", unread == 0,
                unread == 0 ? "all were read" : "\(unread) could not be read",
                cure: "mainstay reconcile --processor … finds what the messages were about"),
            Check(
                "tokens at processors", unforgotten == 0,
                unforgotten == 0
                    ? "deleted together with the erased people"
                    : "\(unforgotten) token(s) of erased people are still kept there",
                cure: "mainstay run reconcile; where the account is closed, ask the processor"),
        ]
    }

    private static let doubtDays: Int64 = 3

    /// Returns the database engine's own checks.
    static func engine(of book: Book, cure: String) async throws -> [Check] {
        try await book.driver.inspect().map { finding in
            Check(finding.name, finding.isSound, finding.detail, cure: cure)
        }
    }

    /// Checks the rules between rows that the schema cannot express.
    static func invariants(of book: Book, cure: String) async throws -> [Check] {
        let found = try await book.read { transaction in
            try Invariant.allCases.map { ($0, try transaction.violations(of: $0)) }
        }
        return found.map { invariant, violations in
            Check(
                invariant.rawValue, violations == 0,
                violations == 0 ? "ok" : "\(violations) row(s) break it", cure: cure)
        }
    }

    /// Opens every sealed value. A value that was copied onto another row does not open.
    private static func sealed(_ context: Context) async throws -> Check {
        var opened = 0
        do {
            try await BrowseBook.supporters(in: context).each { _ in opened += 1 }
            try await BrowseBook.paymentMethods(in: context).each { _ in opened += 1 }
            try await BrowseBook.pledges(state: nil, in: context).each { _ in opened += 1 }
            try await BrowseBook.reminders(state: nil, dueBefore: nil, in: context).each { _ in
                opened += 1
            }
            try await BrowseBook.events(type: nil, subjectID: nil, since: nil, in: context).each {
                _ in
                opened += 1
            }
            opened += try await BrowseBook.webhookEndpoints(in: context).count
            opened += try await BrowseBook.tokens(in: context).count
            opened += try await pages("", in: context) { try $0.openMails(after: $1, limit: $2) }
            opened += try await pages("", in: context) { transaction, after, limit in
                try transaction.charges(state: nil, pledge: nil, after: after, limit: limit)
                    .map(\.id.text)
            }
            opened += try await pages([], in: context) { try $0.openAnswers(after: $1, limit: $2) }
            opened += try await pages("", in: context) { try $0.openRemovals(after: $1, limit: $2) }
            opened += try await pages("", in: context) {
                try $0.openProcessorEvents(after: $1, limit: $2)
            }
        } catch let error where error is SealError || error is RowError {
            return Check(
                "sealed data", false, "\(error), after \(opened) rows",
                cure: "restore the book, or the key ring that belongs to it")
        }
        return Check(
            "sealed data", true, "the sealed values of \(opened) rows can be read", cure: "")
    }

    private static func pages<Key: Sendable>(
        _ first: Key, in context: Context,
        _ page: @escaping @Sendable (Transaction, Key, Int) throws -> [Key]
    ) async throws -> Int {
        var total = 0
        var last: Key? = first
        while let after = last {
            let keys = try await context.book.read { try page($0, after, pageSize) }
            total += keys.count
            last = keys.last
        }
        return total
    }

    private static let pageSize = 500
}
