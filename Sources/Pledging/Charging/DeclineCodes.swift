import Embedded

/// What a decline means for the pledge.
package enum DeclineBucket: String, CaseIterable, Sendable {
    /// Worth another try in some days.
    case soft
    /// Only the reader can fix it; it is not retried.
    case needsSupporter = "needs_supporter"
    /// The method will never work again.
    case hard
    /// The reader revoked the permission at the bank; the pledge is cancelled.
    case revoked
    /// The newsroom's account or settings are at fault. Nothing more is sent through this processor
    /// in the run, and no pledge loses a retry.
    case `operator`
    /// The processor can never collect this amount in this currency. The charge is held, the
    /// newsroom is told, and the reader gets no mail.
    case impossible
    /// The charge may have succeeded; the processor is asked, and the charge is not tried again.
    case unknownOutcome = "unknown_outcome"
}

/// The reason that readers are told; never "lost", "stolen" or "fraud".
package enum DeclineReason: String, CaseIterable, Sendable {
    case insufficientFunds = "insufficient_funds"
    case detailsIncorrect = "details_incorrect"
    case declinedForNow = "declined_for_now"
    case methodUnusable = "method_unusable"
    case recentlyPaid = "recently_paid"
    case unknown
}

extension Decline {
    /// The bucket in `decline_codes.csv`; the processor's advice can only make it stricter.
    package var bucket: DeclineBucket {
        let bucket = entry.bucket
        guard bucket == .soft || bucket == .needsSupporter else { return bucket }
        switch advice {
        case .doNotRetry: return .hard
        case .askSupporter: return .needsSupporter
        case .retryLater, nil: return bucket
        }
    }

    package var reason: DeclineReason { entry.reason }

    /// Whether the processor does not have the token, its customer or its mandate. That is the
    /// reader's affair only if the account has other tokens: with the key of another account every
    /// token is missing.
    package var isMissingToken: Bool { code == Decline.missingToken }

    /// Whether the account, rather than anything about this call, may be refused: a repeated call
    /// that is refused so says nothing about the earlier call under the same key.
    package var mayBeOfAccount: Bool { bucket == .operator || isMissingToken }

    /// Whether the bank, or the reader's method, refused: only such a decline counts as a try.
    package var isOfReader: Bool {
        switch bucket {
        case .soft, .needsSupporter, .hard, .revoked: !isMissingToken
        case .operator, .impossible, .unknownOutcome: false
        }
    }

    /// Whether the code has a row of its own in `decline_codes.csv`.
    package var isListed: Bool { DeclineTable.shared.lists(code) }

    private var entry: DeclineTable.Entry { DeclineTable.shared[code] }
}

/// `decline_codes.csv`: one row for each code, and `*` for every code that is not listed.
private struct DeclineTable: Sendable {
    struct Entry: Sendable {
        let bucket: DeclineBucket
        let reason: DeclineReason
    }

    private let entries: [String: Entry]
    private let standard: Entry

    static let shared = DeclineTable(String(cString: EmbeddedAsset.decline_codes.text))

    private init(_ text: String) {
        var entries: [String: Entry] = [:]
        for line in text.split(separator: "\n").dropFirst() {
            let cells = line.split(separator: ",").map(String.init)
            guard cells.count == 3, let bucket = DeclineBucket(rawValue: cells[1]),
                let reason = DeclineReason(rawValue: cells[2])
            else { continue }
            entries[cells[0]] = Entry(bucket: bucket, reason: reason)
        }
        standard = entries["*"] ?? Entry(bucket: .soft, reason: .unknown)
        self.entries = entries
    }

    subscript(code: String) -> Entry { entries[code] ?? standard }

    func lists(_ code: String) -> Bool { entries[code] != nil && code != "*" }
}
