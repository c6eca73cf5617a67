import Pledging
import Store

/// The methods that a map has no counterpart for: who is paid by them, and how their readers are
/// asked for another one.
struct MethodsLeftBehind: Sendable {
    let processor: String
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
        try await context.look { look in
            try look.store.liveMethods(
                at: processor, after: last, limit: MethodsLeftBehind.pageSize
            ).map { Use(method: $0, pledges: try look.store.livePledges(payingBy: $0)) }
        }
    }

    // MARK: Asking

    /// From now on nothing is collected by them, and each reader gets one mail about it, however
    /// often this runs; at most so many leave on one day. Returns how many were queued, and the day
    /// on which the last of them leaves.
    func ask(
        _ methods: [Waiting], mailsPerDay: Int
    ) async throws -> (mails: Int, lastOn: CivilDate?) {
        var waves = try await context.look(at: now) { look in
            let zone = try look.zone()
            let today = zone.instant(of: zone.date(at: look.now), hour: 0)
            return MailWaves(
                perDay: mailsPerDay,
                planned: try look.store.mailTimes(of: .methodNeeded, from: today), zone: zone,
                at: look.now)
        }
        for start in stride(from: 0, to: methods.count, by: MethodsLeftBehind.batchSize) {
            let ids = methods[start...].prefix(MethodsLeftBehind.batchSize).map(\.id)
            let before = waves
            waves = try await context.change(at: now) { change in
                var waves = before
                for id in ids { try give(up: id, change, &waves) }
                return waves
            }
        }
        return (waves.count, waves.lastOn)
    }

    private func give(
        up id: ID<PaymentMethod>, _ change: Change, _ waves: inout MailWaves
    ) throws {
        // It may have been replaced, and its pledges may have ended, since it was found.
        guard let method = try change.store.paymentMethod(id), method.processor == processor,
            method.secret != nil,
            let first = try nextPledge(payingBy: method, change),
            let chargeOn = first.nextChargeOn
        else { return }
        try change.methods.move(method, by: .processorLost)
        try change.reminders.cancel(about: id.text)
        let place = waves.next()
        // A date that is over by then would only puzzle.
        let isQueued = try change.mails.queue(
            .methodNeeded(
                amount: first.chargeAmount, nextChargeOn: place.on < chargeOn ? chargeOn : nil),
            to: method.supporterID, about: id.text, period: "1", from: place.at)
        if isQueued { waves.take() }
    }

    /// The live pledge of this method whose charge comes first; nil when there is none.
    private func nextPledge(
        payingBy method: PaymentMethod, _ change: Change
    ) throws -> Pledge? {
        let pledges = try change.store.livePledges(payingBy: method).filter {
            $0.nextChargeOn != nil
        }
        return pledges.min { one, other in
            guard let one = one.nextChargeOn, let other = other.nextChargeOn else { return false }
            return one < other
        }
    }

    /// Methods to a read: some milliseconds.
    private static let pageSize = 500
    /// Methods to a transaction: other writers hardly wait.
    private static let batchSize = 50
}
