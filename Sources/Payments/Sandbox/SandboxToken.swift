/// What the token of a payment method makes the Sandbox do. All other tokens succeed.
///
/// | token | what happens |
/// | --- | --- |
/// | `sandbox_decline_<code>` | declined with that code, every time |
/// | `sandbox_decline_<code>_times_<n>` | the first n attempts of a charge are declined |
/// | `sandbox_action` | waits until the reader confirms it by the link in the mail |
/// | `sandbox_pending` | pending until `settle` decides it |
/// | `sandbox_late_<minutes>` | pending, then succeeds that many minutes later |
/// | `sandbox_extra_<minutes>` | the first attempt is declined, and takes the money that many
/// minutes later all the same |
/// | `sandbox_lost_reply` | takes the money; the first answer is lost |
/// | `sandbox_lost_request` | takes nothing the first time, and the answer is lost |
/// | `sandbox_twice` | succeeds; its message comes twice |
/// | `sandbox_dispute_<days>` | succeeds, and is disputed that many days later |
/// | `sandbox_country_<CC>` | succeeds; its bank is in that country |
package enum SandboxToken: Hashable, Sendable {
    case succeed
    case decline(code: String, times: Int?)
    case action, pending, lostReply, lostRequest, twice
    case late(minutes: Int64)
    case extra(minutes: Int64)
    case dispute(days: Int64)
    case country(String)

    package init(_ token: String) {
        let words = token.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
        guard words.count > 1, words[0] == "sandbox" else {
            self = .succeed
            return
        }
        let rest = words.dropFirst(2)
        switch words[1] {
        case "decline": self = SandboxToken.decline(rest.map { $0 })
        case "action": self = .action
        case "pending": self = .pending
        case "late": self = rest.first.flatMap { Int64($0) }.map { .late(minutes: $0) } ?? .succeed
        case "extra":
            self = rest.first.flatMap { Int64($0) }.map { .extra(minutes: $0) } ?? .succeed
        case "lost": self = rest.first == "request" ? .lostRequest : .lostReply
        case "twice": self = .twice
        case "dispute":
            self = rest.first.flatMap { Int64($0) }.map { .dispute(days: $0) } ?? .succeed
        case "country": self = rest.first.map { .country($0) } ?? .succeed
        default: self = .succeed
        }
    }

    private static func decline(_ words: [String]) -> SandboxToken {
        if let times = words.last.flatMap({ Int($0) }), words.dropLast().last == "times" {
            return .decline(code: words.dropLast(2).joined(separator: "_"), times: times)
        }
        let code = words.joined(separator: "_")
        return code == "authentication_required" ? .action : .decline(code: code, times: nil)
    }
}
