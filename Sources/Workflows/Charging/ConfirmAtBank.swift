import Payments
package import Pledging
import Store

/// A reader confirms a payment that waits for them at their bank. The link is in a mail to them.
package enum ConfirmAtBank {
    package enum Answer: Hashable, Sendable {
        /// The bank asks on its own page.
        case askedAt(url: String)
        case paid
        /// It is under way, or the bank or the processor gave no answer.
        case waits
        case declined(DeclineReason)
        /// Nothing waits for the reader any more.
        case over
    }

    /// Confirms the payment of a charge with the reader present. Throws Problem `.notFound` when
    /// the link is unknown or the charge is not theirs; `.notPermitted` on a held book.
    package static func run(
        _ id: ID<Charge>, by link: String, through processors: Processors, in context: Context
    ) async throws -> Answer {
        // 1. The link proves that the reader is who gave.
        let view = try await OpenLink.run(link, in: context)
        try await context.refuseWhileHeld()
        let context = context.actingForReader
        // 2. Take the lease, so that no other process asks about the payment meanwhile.
        let pledges = Set(view.pledges.map(\.id))
        let claim = try await context.change { change in
            try Claim(id, of: pledges, link, processors, in: change)
        }
        let (visit, question, processor): (ReaderVisit, BankQuestion, any PaymentProcessor)
        switch claim {
        case .visit(let asked, let about, let through):
            (visit, question, processor) = (asked, about, through)
        case .busy: return .waits
        case .paid: return .paid
        case .over: return .over
        }
        // 3. The same payment, this time with the reader.
        let answer = await processor.confirm(visit)
        // 4. The answer is booked like any other.
        return try await context.record { change in try record(answer, question, in: change) }
    }

    private static func record(
        _ answer: LookUpAnswer<ChargeAnswer>, _ question: BankQuestion, in change: Change
    ) throws -> Answer {
        let id = question.charge.id
        if case .found(let found) = answer {
            try change.booking.apply(found, of: id, attempt: question.attempt.number)
        }
        try change.store.release(question.attempt)
        guard let charge = try change.store.charge(id) else { return .over }
        switch charge.state {
        case .succeeded: return .paid
        // It was called off at the processor.
        case .declined where charge.reason == Decline.withdrawn.code: return .over
        case .declined:
            return .declined(charge.reason.map { Decline(code: $0).reason } ?? .unknown)
        case .pending: return .waits
        case .held, .submitted, .unknown, .skipped, .cancelled, .closed: return .over
        case .actionRequired:
            // Whether the reader confirmed it is known soon.
            try change.store.schedule(id, next: change.now.adding(seconds: askAgainSeconds))
            guard case .found(let found) = answer, case .actionNeeded(let url?) = found.outcome,
                url.hasPrefix("https://")
            else { return .waits }
            return .askedAt(url: url)
        }
    }

    /// Seconds after which the processor is asked what became of a reader's visit to the bank. Its
    /// message usually comes sooner.
    private static let askAgainSeconds: Int64 = 900
}

/// The lease on a payment that waits for its reader, and what is asked of the processor.
private enum Claim: Sendable {
    case visit(ReaderVisit, BankQuestion, any PaymentProcessor)
    /// Another process asks about it, or its processor is not set up here.
    case busy
    /// It was paid meanwhile: the reader clicked twice.
    case paid
    case over

    init(
        _ id: ID<Charge>, of pledges: Set<ID<Pledge>>, _ link: String, _ processors: Processors,
        in change: Change
    ) throws {
        guard let charge = try change.store.charge(id), pledges.contains(charge.pledgeID) else {
            throw Problem.noSuch("charge", id.text)
        }
        guard charge.state != .succeeded else {
            self = .paid
            return
        }
        let pledge = try change.existing(charge.pledgeID)
        guard let question = try change.bankQuestion(of: pledge), question.charge.id == id,
            let method = try change.store.paymentMethod(question.attempt.paymentMethodID),
            let secret = method.secret, method.state.isUsable,
            try !change.isRefused(pledge, at: change.now)
        else {
            self = .over
            return
        }
        let attempt = question.attempt
        let lease = change.now.adding(seconds: BillingRun.leaseSeconds)
        guard let processor = processors[attempt.processor],
            try change.store.lease(attempt, until: lease, at: change.now)
        else {
            self = .busy
            return
        }
        let visit = ReaderVisit(
            reference: ChargeReference(
                charge, attempt: attempt.number, bookID: change.context.book.keys.bookID.text),
            remoteID: attempt.remoteID, method: secret,
            returnURL: change.context.settings.returnURL(link))
        self = .visit(visit, question, processor)
    }
}

extension Settings {
    /// The page on which a reader arrives from the bank. The processor adds to its query.
    fileprivate func returnURL(_ link: String) -> String { "\(baseURL)/bank/\(link)?from=bank" }
}
