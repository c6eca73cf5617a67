package import Pledging
import Store

/// Shows what a reader sees behind a link in a mail, before they decide anything. It changes
/// nothing.
package enum OpenLink {
    package struct View: Sendable {
        package let language: Language
        /// The newsroom's name as shown to this reader; nil when there is none that may be shown.
        package let newsroom: String?
        /// Empty when the mail went to an address that is not theirs any more.
        package let pledges: [Pledge]
        /// Those of them about which the reader is asked: keep both, or only the new one?
        package let askedAbout: Set<ID<Pledge>>
        /// Their charges that wait for the reader at the bank.
        package let atBank: [BankQuestion]
        /// No reminders go to this address.
        package let isUnsubscribed: Bool

        /// Throws Problem `.notFound` for a pledge that is not the reader's.
        func requireOwn(_ id: ID<Pledge>) throws(Problem) {
            guard pledges.contains(where: { $0.id == id }) else {
                throw Problem.noSuch("pledge", id.text)
            }
        }
    }

    /// Throws Problem `.notFound` for a link that is unknown or has expired.
    package static func run(_ token: String, in context: Context) async throws -> View {
        try await context.lookUp { look in
            guard let link = try look.store.link(token, at: look.now) else { throw unknown }
            let newsroom = try look.store.newsroom()
            guard let supporter = try look.store.supporter(link.supporterID),
                let contact = supporter.contact,
                try look.store.keys.isHash(link.emailHash, of: contact.email)
            else {
                return View(
                    language: Language(tag: nil), newsroom: newsroom.legalName, pledges: [],
                    askedAbout: [], atBank: [], isUnsubscribed: false)
            }
            let pledges = try look.store.pledges(of: supporter.id)
            let asked = try pledges.filter { try look.isAskedAbout($0) }
            let risk = try look.riskTable()
            let isDiscreet =
                try newsroom.profile == .discreet
                || !risk.allowsAll && look.policy(for: supporter, by: risk).isDiscreet
            return View(
                language: Language(tag: contact.locale),
                newsroom: isDiscreet ? newsroom.legalName : newsroom.name ?? newsroom.legalName,
                pledges: pledges, askedAbout: Set(asked.map(\.id)),
                atBank: try pledges.compactMap { try look.bankQuestion(of: $0) },
                isUnsubscribed: try look.store.suppression(of: contact.email) != nil)
        }
    }

    static let unknown = Problem(.notFound, "the link is unknown or has expired")
}
