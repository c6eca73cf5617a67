/// Why a payment did not go through.
struct DeclineText: PlainKey {
    let reason: DeclineReason

    var name: String { "decline.\(reason.rawValue)" }

    static let allCases = DeclineReason.allCases.map { DeclineText(reason: $0) }
}

/// The reasons that readers can choose when they stop.
enum StopReasonText: String, PlainKey {
    case cannotAfford = "stop_reason.cannot_afford"
    case otherCause = "stop_reason.other_cause"
    case dissatisfied = "stop_reason.dissatisfied"
    case privacy = "stop_reason.privacy"
    case mistake = "stop_reason.mistake"
    case duplicate = "stop_reason.duplicate"
}

extension Language {
    /// Why a payment did not go through, as part of a sentence. It accuses nobody.
    package func text(_ reason: DeclineReason) -> String { text(DeclineText(reason: reason)) }

    /// Returns the text of a reason that readers can choose when they stop; nil for any other.
    package func text(_ reason: Cancellation.Reason) -> String? {
        let key: StopReasonText? =
            switch reason {
            case .cannotAfford: .cannotAfford
            case .otherCause: .otherCause
            case .dissatisfied: .dissatisfied
            case .privacy: .privacy
            case .mistake: .mistake
            case .duplicate: .duplicate
            case .revoked, .other: nil
            }
        return key.map { text($0) }
    }
}
