import Pledging

/// The methods of one processor by their tokens, which are sealed in the book and can only be found
/// by opening them all once. It keeps no token, only a hash of this process alone, in some 80 bytes
/// a method: whoever finds one here still compares the token itself.
struct MethodIndex {
    private struct Entry {
        let id: ID<PaymentMethod>
        var isTaken = false
    }

    /// What a row of the map finds.
    enum Claim {
        case found([ID<PaymentMethod>])
        case unknown
        /// An earlier row has taken all of them.
        case taken
    }

    private var first: [Int: Entry] = [:]
    /// Further methods of one token: several people may pay by the same card.
    private var more: [Int: [Entry]] = [:]
    private(set) var count = 0

    mutating func add(_ method: PaymentMethod) {
        guard let hash = method.secret?.token.hashValue else { return }
        count += 1
        let entry = Entry(id: method.id)
        if first[hash] == nil {
            first[hash] = entry
        } else {
            more[hash, default: []].append(entry)
        }
    }

    /// The methods of a token, which from now on are taken.
    mutating func claim(_ token: String) -> Claim {
        let hash = token.hashValue
        let entries = entries(hash)
        guard !entries.isEmpty else { return .unknown }
        let free = entries.filter { !$0.isTaken }.map(\.id)
        guard !free.isEmpty else { return .taken }
        mark(free, hash, isTaken: true)
        return .found(free)
    }

    /// Gives back what was claimed and not moved.
    mutating func release(_ ids: [ID<PaymentMethod>], of token: String) {
        mark(ids, token.hashValue, isTaken: false)
    }

    func isTaken(_ method: PaymentMethod) -> Bool {
        guard let token = method.secret?.token else { return false }
        return entries(token.hashValue).contains { $0.id == method.id && $0.isTaken }
    }

    private func entries(_ hash: Int) -> [Entry] {
        (first[hash].map { [$0] } ?? []) + (more[hash] ?? [])
    }

    private mutating func mark(_ ids: [ID<PaymentMethod>], _ hash: Int, isTaken: Bool) {
        func marked(_ entry: Entry) -> Entry {
            ids.contains(entry.id) ? Entry(id: entry.id, isTaken: isTaken) : entry
        }
        first[hash] = first[hash].map(marked)
        more[hash] = more[hash].map { $0.map(marked) }
    }
}
