import Foundation
import Payments
import Pledging

/// Checks texts that come from outside, through HTTP, the command line or a file. Each rule returns
/// the text as it will be stored. It throws Problem `.invalid`, which names the field and never
/// contains the value.
enum InputRules {
    static func email(_ text: String, field: Problem.Field = .email) throws(Problem) -> EmailAddress
    {
        _ = try plain(text, field, maximumBytes: EmailAddress.maximumBytes + 64)
        do {
            return try EmailAddress(text)
        } catch {
            throw Problem(.invalid, field: field, error.description)
        }
    }

    static func name(_ text: String?) throws(Problem) -> String? {
        try optional(text, .name, maximumBytes: 300, lineBreaks: true)
    }

    /// The name of a program that gets an API token.
    static func tokenName(_ text: String) throws(Problem) -> String {
        guard let name = try optional(text, .name, maximumBytes: 100), !name.isEmpty else {
            throw Problem(
                .invalid, field: .name, "is empty; give the program's name, such as website")
        }
        return name
    }

    static func locale(_ text: String?) throws(Problem) -> String? {
        guard let text = try optional(text, .locale, maximumBytes: 35) else { return nil }
        let subtags = text.replacing("_", with: "-").split(
            separator: "-", omittingEmptySubsequences: false)
        let isTag =
            subtags.allSatisfy {
                (1...8).contains($0.utf8.count) && $0.utf8.allSatisfy(isLetterOrDigit)
            }
            && subtags.first.map { (2...3).contains($0.utf8.count) } == true
        guard isTag else {
            throw Problem(
                .invalid, field: .locale, "is not a language tag; write it like ru or pt-BR")
        }
        return subtags.joined(separator: "-")
    }

    static func country(_ text: String?, field: Problem.Field = .country) throws(Problem) -> String?
    {
        guard let text = try optional(text, field, maximumBytes: 8) else { return nil }
        guard countries.contains(text) else {
            throw Problem(
                .invalid, field: field, "is not an ISO 3166 country code; write it like DE")
        }
        return text
    }

    static func timeZone(_ text: String?) throws(Problem) -> String? {
        guard let text = try optional(text, .timeZone, maximumBytes: 64) else { return nil }
        guard TimeZoneRules(identifier: text) != nil else {
            throw Problem(
                .invalid, field: .timeZone, "is not an IANA time zone; write it like Europe/Berlin")
        }
        return text
    }

    static func token(_ text: String, field: Problem.Field) throws(Problem) -> String {
        guard let token = try optional(text, field, maximumBytes: 255) else {
            throw Problem(.invalid, field: field, "is empty; give the processor's token")
        }
        return token
    }

    static func processor(
        _ text: String, field: Problem.Field = .processor
    ) throws(Problem) -> String {
        let isName =
            (1...32).contains(text.utf8.count) && text.first?.isLetter == true
            && text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            && text == text.lowercased()
        guard isName else {
            throw Problem(
                .invalid, field: field, "is not a processor's name; write it like sandbox")
        }
        return try plain(text, field, maximumBytes: 32)
    }

    static func last4(_ text: String?, field: Problem.Field) throws(Problem) -> String? {
        guard let text = try optional(text, field, maximumBytes: 8) else { return nil }
        guard text.utf8.count == 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Problem(.invalid, field: field, "must be four digits")
        }
        return text
    }

    static func collectEvery(_ periods: Int, _ interval: Interval) throws(Problem) {
        guard Pledge.collectEveryChoices.contains(periods) else {
            throw Problem(.invalid, field: .collectEvery, "must be 1, 3, 6 or 12")
        }
        guard periods == 1 || interval == .month else {
            throw Problem(
                .invalid, field: .collectEvery, "only monthly pledges are collected in advance")
        }
    }

    /// Refuses an amount that the method's processor cannot take at once, for all of a charge's
    /// periods.
    static func chargeable(_ amount: Money, by processor: String?) throws(Problem) {
        guard let processor,
            let most = ProcessorTable.maximumMinorUnits(of: processor, amount.currency),
            amount.minorUnits > most
        else { return }
        let limit = Money(minorUnits: most, currency: amount.currency)
        throw Problem(
            .invalid, field: .amount,
            "one charge would take \(amount), and \(processor) takes at most \(limit)")
    }

    /// An operator's note about money. It is required, because somebody will ask for it.
    static func note(_ text: String) throws(Problem) -> String {
        guard let note = try optional(text, .note, maximumBytes: 2_000, lineBreaks: true) else {
            throw Problem(.invalid, field: .note, "is empty; write how you know this")
        }
        return note
    }

    /// Returns a short label or free text; nil when empty.
    static func optional(
        _ text: String?, _ field: Problem.Field, maximumBytes: Int, lineBreaks: Bool = false
    ) throws(Problem) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return try plain(text, field, maximumBytes: maximumBytes, lineBreaks: lineBreaks)
    }

    /// Returns the name that the newsroom gives to a page or a wording; nil when empty. It is
    /// stored in clear, so free text is not allowed.
    static func label(
        _ text: String?, _ field: Problem.Field, maximumBytes: Int
    ) throws(Problem) -> String? {
        guard let text = try optional(text, field, maximumBytes: maximumBytes) else { return nil }
        guard text.utf8.allSatisfy({ isLetterOrDigit($0) || "-_.:/".utf8.contains($0) }) else {
            throw Problem(
                .invalid, field: field,
                "may contain only letters, digits and -_.:/; write it like spring-2027")
        }
        return text
    }

    private static func plain(
        _ text: String, _ field: Problem.Field, maximumBytes: Int, lineBreaks: Bool = false
    ) throws(Problem) -> String {
        guard text.utf8.count <= maximumBytes else {
            throw Problem(.invalid, field: field, "longer than \(maximumBytes) bytes")
        }
        for byte in text.utf8 where byte < 0x20 || byte == 0x7F {
            let isBreak = byte == 0x0A || byte == 0x0D || byte == 0x09
            guard lineBreaks && isBreak else {
                throw Problem(.invalid, field: field, "contains a control character; remove it")
            }
        }
        guard !CardNumberGuard.holdsCardNumber(text) else {
            throw Problem(
                .invalid, field: field,
                "contains what looks like a card number; give only the processor's token")
        }
        return text
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte)
    }

    private static let countries = Set(Locale.Region.isoRegions.map(\.identifier)).filter {
        $0.utf8.count == 2
    }
}
