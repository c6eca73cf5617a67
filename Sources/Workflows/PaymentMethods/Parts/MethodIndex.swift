import Pledging

/// Finds the methods of one processor by their tokens. Tokens are sealed in the book, so all are
/// opened once. It keeps no token, only a hash that this process alone can make, in some 80 bytes
/// per method; a caller must still compare the token itself.
struct MethodIndex {
    private struct Entry {
        let id: ID<PaymentMethod>
        var isTaken = false
    }

    /// The result of looking up a row of the map.
    enum Claim {
        case found([ID<PaymentMethod>])
        case unknown
        /// An earlier row has claimed all of them.
        case taken
    }

    private var first: [Int: Entry] = [:]
    /// Further methods of one token: several people may pay with the same card.
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

    /// Claims the methods of a token that are still free.
    mutating func claim(_ token: String) -> Claim {
        let hash = token.hashValue
        let entries = entries(hash)
        guard !entries.isEmpty else { return .unknown }
        let free = entries.filter { !$0.isTaken }.map(\.id)
        guard !free.isEmpty else { return .taken }
        mark(free, hash, isTaken: true)
        return .found(free)
    }

    /// Releases methods that were claimed and not moved.
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
