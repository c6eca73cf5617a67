/// Where in the Sandbox's file the lines begin that are looked for. A hash and an offset for each
/// payment; the lines themselves are read back when they are needed.
struct SandboxIndex {
    /// Of the last line with a key, by the hash of the key; earlier ones of the same hash stand in
    /// `collisions`.
    private var lines: [UInt64: UInt64] = [:]
    private var collisions: [UInt64: [UInt64]] = [:]
    /// Later facts of a payment, by its offset.
    private var later: [UInt64: [UInt64]] = [:]
    private var forgotten: Set<String> = []
    private var ripening: [(at: Int64, offset: UInt64)] = []

    mutating func note(_ fact: SandboxLedger.Fact, at offset: UInt64) {
        if let key = fact.key {
            let hash = SandboxLedger.hash(key)
            if let known = lines.updateValue(offset, forKey: hash) {
                collisions[hash, default: []].append(known)
            }
        }
        if let payment = fact.payment, let of = SandboxLedger.offset(of: payment) {
            later[of, default: []].append(offset)
            if fact.kind == .settle || fact.kind == .dispute {
                ripening.removeAll { $0.offset == of }
            }
        }
        if fact.kind == .forget, let token = fact.token { forgotten.insert(token) }
        if let ripensAt = fact.ripensAt { ripening.append((ripensAt, offset)) }
    }

    /// Of the lines that may have this key, the last one first.
    func lines(withKey key: String) -> [UInt64] {
        let hash = SandboxLedger.hash(key)
        guard let last = lines[hash] else { return [] }
        return [last] + (collisions[hash] ?? []).reversed()
    }

    /// Of what became of a payment, in order.
    func lines(about payment: UInt64) -> [UInt64] { later[payment] ?? [] }

    func isForgotten(_ tokenDigest: String) -> Bool { forgotten.contains(tokenDigest) }

    /// The payments that are due by then, and are not due again after this.
    mutating func takeRipe(by now: Int64) -> [UInt64] {
        let ripe = ripening.filter { $0.at <= now }.map(\.offset)
        if !ripe.isEmpty { ripening.removeAll { $0.at <= now } }
        return ripe
    }
}
