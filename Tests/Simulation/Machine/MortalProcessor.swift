import Payments
import Pledging

/// The processor, as used by a program that can be killed.
struct MortalProcessor: PaymentProcessor {
    let base: SimulatedProcessor
    let life: Life
    /// Called with each order that leaves, before it arrives.
    let watch: @Sendable (ChargeOrder) async -> Void

    var name: String { base.name }
    var mode: ProcessorMode { base.mode }
    var callsInFlight: Int { base.callsInFlight }
    var keyLifetimeHours: Int64 { base.keyLifetimeHours }

    /// Returns nil if the program is killed and so gets no answer.
    private func living<Answer>(_ body: () async -> Answer) async -> Answer? {
        await Task.yield()
        switch life.step() {
        case .goesOn: return await body()
        case .diesAfter:
            _ = await body()
            return nil
        case .diesBefore, .isOver: return nil
        }
    }

    private func mustLive() async throws(ProcessorUnavailable) {
        await Task.yield()
        guard life.step() == .goesOn else { throw ProcessorUnavailable(reason: "killed") }
    }

    func time() async throws(ProcessorUnavailable) -> Instant {
        try await mustLive()
        return try await base.time()
    }

    func collect(_ order: ChargeOrder) async -> ChargeAnswer {
        await living {
            await watch(order)
            return await base.collect(order)
        } ?? ChargeAnswer(.unknown("killed"))
    }

    func lookUp(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        await living { await base.lookUp(reference, remoteID: remoteID) }
            ?? .unreachable("killed")
    }

    func withdraw(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        await living { await base.withdraw(reference, remoteID: remoteID) }
            ?? .unreachable("killed")
    }

    func confirm(_ visit: ReaderVisit) async -> LookUpAnswer<ChargeAnswer> {
        await living { await base.confirm(visit) } ?? .unreachable("killed")
    }

    func refund(_ order: RefundOrder) async -> RefundAnswer {
        await living { await base.refund(order) } ?? RefundAnswer(.unknown("killed"))
    }

    func lookUp(
        _ order: RefundOrder, remoteID: String?
    ) async -> LookUpAnswer<RefundAnswer> {
        await living { await base.lookUp(order, remoteID: remoteID) } ?? .unreachable("killed")
    }

    func verify(
        _ body: [UInt8], headers: [(name: String, value: String)], at now: Instant
    ) throws(InboundRefusal) -> InboundMessage {
        try base.verify(body, headers: headers, at: now)
    }

    func news(in body: [UInt8], of bookID: String) throws(InboundRefusal) -> [ProcessorNews] {
        try base.news(in: body, of: bookID)
    }

    func messages(
        after cursor: String?, since: Instant
    ) async throws(ProcessorUnavailable) -> MessagePage {
        try await mustLive()
        return try await base.messages(after: cursor, since: since)
    }

    func payments(
        of bookID: String, since: Instant, until: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PaymentPage {
        try await mustLive()
        return try await base.payments(of: bookID, since: since, until: until, after: cursor)
    }

    func payouts(
        since: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PayoutPage {
        try await mustLive()
        return try await base.payouts(since: since, after: cursor)
    }

    func issuingCountry(ofToken token: String) async throws(ProcessorUnavailable) -> String? {
        try await base.issuingCountry(ofToken: token)
    }

    func forget(token: String, customer: String?) async throws(ProcessorUnavailable) {
        try await mustLive()
        try await base.forget(token: token, customer: customer)
    }
}
