import Pledging
import Store

/// Finds the methods that are not in a map, and asks their readers for another one.
struct MethodsLeftBehind: Sendable {
    let processor: String
    let context: Context
    let now: Instant

    struct Found: Sendable {
        /// Methods that pay a live pledge, the one with the earliest charge first.
        var methods: [Waiting] = []
        var pledges = 0
        /// Methods that pay no live pledge.
        var idle = 0
    }

    /// A method, and the next charge that cannot be collected by it.
    struct Waiting: Sendable {
        let chargeOn: CivilDate
        let id: ID<PaymentMethod>
    }

    // MARK: Finding

    /// Finds all live methods of the processor, except those that are moved, page by page. It keeps
    /// 48 bytes per method in memory.
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

    /// Gives these methods up, so that nothing is collected by them, and queues one mail about
    /// each, however often this runs; at most `mailsPerDay` are sent on one day. Returns how many
    /// were queued, and the day on which the last is sent.
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
        // A date that is over when the mail is sent is left out.
        let isQueued = try change.mails.queue(
            .methodNeeded(
                amount: first.chargeAmount, nextChargeOn: place.on < chargeOn ? chargeOn : nil),
            to: method.supporterID, about: id.text, period: "1", from: place.at)
        if isQueued { waves.take() }
    }

    /// Returns the live pledge of this method whose charge comes first; nil when there is none.
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

    /// Methods per read, which takes some milliseconds.
    private static let pageSize = 500
    /// Methods per transaction: few enough that other writers hardly wait.
    private static let batchSize = 50
}
