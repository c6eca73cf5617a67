/// Offsets of lines in the Sandbox's file: a hash and an offset for each payment. The lines
/// themselves are read again when they are needed.
struct SandboxIndex {
    /// The offset of the last line with a key, by the key's hash. Earlier lines with the same hash
    /// are in `collisions`.
    private var lines: [UInt64: UInt64] = [:]
    private var collisions: [UInt64: [UInt64]] = [:]
    /// The offsets of a payment's later facts, by the payment's offset.
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

    /// Returns the offsets of the lines that may have this key, the last line first.
    func lines(withKey key: String) -> [UInt64] {
        let hash = SandboxLedger.hash(key)
        guard let last = lines[hash] else { return [] }
        return [last] + (collisions[hash] ?? []).reversed()
    }

    /// Returns the offsets of a payment's later facts, in order.
    func lines(about payment: UInt64) -> [UInt64] { later[payment] ?? [] }

    func isForgotten(_ tokenDigest: String) -> Bool { forgotten.contains(tokenDigest) }

    /// Returns the payments that are due by `now` and removes them from the index.
    mutating func takeRipe(by now: Int64) -> [UInt64] {
        let ripe = ripening.filter { $0.at <= now }.map(\.offset)
        if !ripe.isEmpty { ripening.removeAll { $0.at <= now } }
        return ripe
    }
}
