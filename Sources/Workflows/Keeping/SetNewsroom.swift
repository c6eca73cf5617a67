package import Pledging
import Store

/// Shows and changes what all processes on the book must agree on.
package enum SetNewsroom {
    /// Nil leaves a value as it is; an empty text removes it, if it is optional.
    package struct Changes: Sendable {
        package var name: String?
        package var legalName: String?
        package var postalAddress: String?
        package var timeZone: String?
        package var profile: Newsroom.Profile?

        package init(
            name: String? = nil, legalName: String? = nil, postalAddress: String? = nil,
            timeZone: String? = nil, profile: Newsroom.Profile? = nil
        ) {
            self.name = name
            self.legalName = legalName
            self.postalAddress = postalAddress
            self.timeZone = timeZone
            self.profile = profile
        }
    }

    package static func show(in context: Context) async throws -> Newsroom {
        try await context.book.read { try $0.newsroom() }
    }

    /// Returns the newsroom afterwards. Throws Problem `.invalid` for a value that breaks a rule.
    package static func run(_ changes: Changes, in context: Context) async throws -> Newsroom {
        let name = try InputRules.optional(changes.name, .name, maximumBytes: 200)
        let legalName = try InputRules.optional(
            changes.legalName, .legalName, maximumBytes: 200)
        let postalAddress = try InputRules.optional(
            changes.postalAddress, .postalAddress, maximumBytes: 400, lineBreaks: true)
        let timeZone = try InputRules.timeZone(changes.timeZone)
        return try await context.change { change in
            var newsroom = try change.store.newsroom()
            if changes.name != nil { newsroom.name = name }
            if changes.legalName != nil { newsroom.legalName = legalName }
            if changes.postalAddress != nil { newsroom.postalAddress = postalAddress }
            if let timeZone { newsroom.timeZone = timeZone }
            if let profile = changes.profile { newsroom.profile = profile }
            try change.store.updateNewsroom(newsroom, at: change.now)
            return newsroom
        }
    }
}
