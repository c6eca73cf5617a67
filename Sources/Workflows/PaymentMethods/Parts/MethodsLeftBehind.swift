import Pledging
import Store

/// The methods that a map has no counterpart for: who is paid by them, and how their readers are
/// asked for another one.
struct MethodsLeftBehind: Sendable {
    let processor: String
    let isDryRun: Bool
    let context: Context
    let now: Instant

    struct Found: Sendable {
        /// By the next charge, the earliest first.
        var methods: [Waiting] = []
        var pledges = 0
        /// Methods that no live pledge is paid by.
        var idle = 0
    }

    /// A method, and the next charge that cannot be collected by it.
    struct Waiting: Sendable {
        let chargeOn: CivilDate
        let id: ID<PaymentMethod>
    }

    // MARK: Finding

    /// What is left, but for those that are moved, page by page. 48 bytes a method are held.
    func find(except isMoved: (PaymentMethod) -> Bool) async throws -> Found {
        var found = Found()
        var last: String? = ""
        while let after = last {
            let page = try await page(after: after)
            last = page.count == MethodsLeftBehind.pageSize ? page.last?.method.id.text : nil
            for use in page where !isMoved(use.method) {
                guard let chargeOn = use.pledges.compactMap(\.nextChargeOn).min() else {
                    found.idle += 1
                    continue
                }
                found.methods.append(Waiting(chargeOn: chargeOn, id: use.method.id))
                found.pledges += use.pledges.count
            }
        }
        found.methods.sort { ($0.chargeOn, $0.id) < ($1.chargeOn, $1.id) }
        return found
    }

    private struct Use: Sendable {
        let method: PaymentMethod
        let pledges: [Pledge]
    }

    private func page(after last: String) async throws -> [Use] {
        try await context.book.read { transaction in
            try transaction.liveMethods(
                at: processor, after: last, limit: MethodsLeftBehind.pageSize
            ).map { Use(method: $0, pledges: try transaction.livePledges(payingBy: $0)) }
        }
    }

    // MARK: Asking

    /// From now on nothing is collected by them, and each reader gets one mail about it, however
    /// often this runs; at most so many leave on one day. Returns how many were queued, and the day
    /// on which the last of them leaves.
    func ask(
        _ methods: [Waiting], mailsPerDay: Int
    ) async throws -> (mails: Int, lastOn: CivilDate?) {
        let now = now
        var waves = try await context.book.read { transaction in
            let zone = try transaction.zone(nil)
            let today = zone.instant(of: zone.date(at: now), hour: 0)
            return MailWaves(
                perDay: mailsPerDay,
                planned: try transaction.mailTimes(of: .methodNeeded, from: today), zone: zone,
                at: now)
        }
        for start in stride(from: 0, to: methods.count, by: MethodsLeftBehind.batchSize) {
            let ids = methods[start...].prefix(MethodsLeftBehind.batchSize).map(\.id)
            let before = waves
            waves = try await context.book.write(isDryRun: isDryRun) { transaction in
                var waves = before
                for id in ids { try give(up: id, transaction, &waves) }
                return waves
            }
        }
        return (waves.count, waves.lastOn)
    }

    private func give(
        up id: ID<PaymentMethod>, _ transaction: Transaction, _ waves: inout MailWaves
    ) throws {
        // It may have been replaced, and its pledges may have ended, since it was found.
        guard let method = try transaction.paymentMethod(id), method.processor == processor,
            method.secret != nil,
            let first = try transaction.nextPledge(payingBy: method),
            let chargeOn = first.nextChargeOn
        else { return }
        try transaction.move(method, by: .processorLost, in: context, at: now)
        try transaction.cancelReminders(about: id.text, in: context, at: now)
        let place = waves.next()
        let mail = QueuedMail(
            id: try context.id(at: now), supporterID: method.supporterID, kind: .methodNeeded,
            subjectID: id.text, period: "1", reminderID: nil,
            parameters: QueuedMail.Parameters(
                amount: first.chargeAmount,
                // A date that is over by then would only puzzle.
                date: place.on < chargeOn ? chargeOn : nil),
            createdAt: place.at)
        if try !transaction.enqueue([mail]).isEmpty { waves.take() }
    }

    /// Methods to a read: some milliseconds.
    private static let pageSize = 500
    /// Methods to a transaction: other writers hardly wait.
    private static let batchSize = 50
}

extension Transaction {
    /// The live pledge of this method whose charge comes first; nil when there is none.
    fileprivate func nextPledge(payingBy method: PaymentMethod) throws -> Pledge? {
        let pledges = try livePledges(payingBy: method).filter { $0.nextChargeOn != nil }
        return pledges.min { one, other in
            guard let one = one.nextChargeOn, let other = other.nextChargeOn else { return false }
            return one < other
        }
    }

    /// Whether a mail asks for a method that is not needed any more: its reader has given another
    /// one meanwhile, or gives no more.
    func isSettled(_ mail: QueuedMail) throws -> Bool {
        guard mail.kind == .methodNeeded,
            let id = try? ID<PaymentMethod>(parsing: mail.subjectID),
            let method = try paymentMethod(id)
        else { return false }
        return try livePledges(payingBy: method).isEmpty
    }
}
