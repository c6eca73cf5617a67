/// A language in which we write to readers.
package enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case russian = "ru"

    /// The language of a BCP 47 tag (RFC 5646) by its primary subtag, in upper or lower case: `ru`,
    /// `ru-KZ`. English for a tag that is missing, malformed or of another language.
    package init(tag: String?) {
        let primary = (tag ?? "").prefix { $0 != "-" && $0 != "_" }
        self = Language(rawValue: primary.lowercased()) ?? .english
    }

    /// The BCP 47 tag to declare for a text in this language.
    package var tag: String { rawValue }
}
