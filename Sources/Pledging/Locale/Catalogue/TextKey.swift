/// The key of a text. The texts are in `Texts/`, one catalogue for each language.
///
/// `Catalogue.keyTypes` lists all types of keys; a catalogue must have a text for each of their
/// cases, so a key that exists can be looked up in every language.
package protocol TextKey: CaseIterable, Hashable, Sendable {
    /// The key as the catalogues write it: `page.stop`.
    var name: String { get }
    /// The names of the values that the program puts into a text of this type.
    static var placeholders: [String] { get }
    /// Whether there is a text for each plural form: `months.one`, `months.other`.
    static var isCounted: Bool { get }
}

extension TextKey where Self: RawRepresentable<String> {
    package var name: String { rawValue }
}

/// A text without placeholders.
package protocol PlainKey: TextKey {}

extension PlainKey {
    package static var placeholders: [String] { [] }
    package static var isCounted: Bool { false }
}

/// A text with placeholders. They are an enum, so whoever fills the text gives each a value.
package protocol FilledKey: TextKey {
    associatedtype Placeholder: CaseIterable & RawRepresentable<String> & Sendable
}

extension FilledKey {
    package static var placeholders: [String] { Placeholder.allCases.map(\.rawValue) }
    package static var isCounted: Bool { false }
}

/// A text about a whole number, `{count}`, in the plural forms of the language.
package protocol CountedKey: TextKey {}

extension CountedKey {
    package static var placeholders: [String] { ["count"] }
    package static var isCounted: Bool { true }
}
