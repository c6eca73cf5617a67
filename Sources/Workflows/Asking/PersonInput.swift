import Pledging
import Store

/// A person as a caller describes them.
package struct PersonInput: Hashable, Sendable {
    package var email: String
    package var name: String?
    package var locale: String?
    package var country: String?
    package var timeZone: String?

    package init(
        email: String, name: String? = nil, locale: String? = nil, country: String? = nil,
        timeZone: String? = nil
    ) {
        self.email = email
        self.name = name
        self.locale = locale
        self.country = country
        self.timeZone = timeZone
    }

    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = [
        .email, .name, .locale, .country, .timeZone,
    ]

    func checked() throws(Problem) -> Contact {
        Contact(
            email: try InputRules.email(email), name: try InputRules.name(name),
            locale: try InputRules.locale(locale), timeZone: try InputRules.timeZone(timeZone),
            country: try InputRules.country(country))
    }
}
