/// Finds card numbers in texts. No field of ours accepts one.
package enum CardNumberGuard {
    /// Returns whether the text contains 13 to 19 digits, of any script, that pass Luhn (ISO/IEC
    /// 7812-1, annex B) and begin as an issuer's cards of that length do.
    ///
    /// White space and dashes may separate the digits in any way, or dots alone. A number must
    /// begin and end with a group of digits, so a card is found beside other numbers and other
    /// cards, but not inside a longer number. These do not count: words with a letter or an
    /// underscore (ids, tokens), dates, UUIDs, what follows a decimal point, and what follows a `+`
    /// and is no longer than a phone number. Any other long number is taken for a card by chance
    /// about once in forty times.
    package static func holdsCardNumber(_ text: String) -> Bool {
        guard mayHoldCardNumber(text) else { return false }
        var words = DigitWords(text)
        words.hideDatesAndUUIDs()
        return words.hasRun(joinedBy: .space) { holdsCard($0, of: words, leastGroups: 1) }
            // One dot between two groups is a decimal point.
            || words.hasRun(joinedBy: .dot) { holdsCard($0, of: words, leastGroups: 3) }
    }

    /// Returns whether the text has enough digits. One pass over its bytes, which decides nearly
    /// every text. Outside ASCII the first digits are those from U+0660 on, whose leading byte is
    /// 0xD9; each digit has one leading byte.
    private static func mayHoldCardNumber(_ text: String) -> Bool {
        var digits = 0
        for byte in text.utf8 where (0x30...0x39).contains(byte) || byte >= 0xD9 {
            digits += 1
            if digits == cardDigits.lowerBound { return true }
        }
        return false
    }

    private static func holdsCard(
        _ run: Range<Int>, of words: DigitWords, leastGroups: Int
    ) -> Bool {
        let fitsPhone = words.digits(in: run).count <= phoneNumberMaximumDigits
        if words[run.lowerBound].joint == .plus, fitsPhone { return false }
        for start in run {
            for end in start + 1...run.upperBound {
                let window = start..<end
                let digits = words.digits(in: window)
                guard digits.count <= cardDigits.upperBound else { break }
                if digits.count >= cardDigits.lowerBound, window.count >= leastGroups,
                    !words.isFraction(window), passesLuhn(digits),
                    isIssued(digits, evenlySpaced: words.isEvenlySpaced(window))
                {
                    return true
                }
            }
        }
        return false
    }

    private static func passesLuhn(_ digits: ArraySlice<UInt8>) -> Bool {
        var sum = 0
        var doubles = false
        for digit in digits.reversed() {
            let value = Int(digit - 0x30) * (doubles ? 2 : 1)
            sum += value > 9 ? value - 9 : value
            doubles.toggle()
        }
        return sum % 10 == 0
    }

    private static func isIssued(_ digits: ArraySlice<UInt8>, evenlySpaced: Bool) -> Bool {
        let prefix = digits.prefix(6).reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return issuers.contains { issuer in
            issuer.lengths.contains(digits.count) && issuer.prefixes.contains { $0 ~= prefix }
                && (evenlySpaced || !issuer.onlyEvenlySpaced)
        }
    }

    /// ITU-T E.164, section 6.2.1.
    private static let phoneNumberMaximumDigits = 15
    private static let cardDigits = 13...19

    private struct Issuer {
        /// Ranges of the first six digits.
        let prefixes: [ClosedRange<Int>]
        let lengths: Set<Int>
        var onlyEvenlySpaced = false
    }

    /// The schemes' ranges as collected in Wikipedia, "Payment card number", section "Issuer
    /// identification number (IIN)". In order: Visa, Mastercard, American Express, Discover with
    /// UnionPay, Diners Club, JCB, Mir, Maestro.
    private static let issuers = [
        Issuer(prefixes: [400_000...499_999], lengths: [13, 16, 19]),
        Issuer(prefixes: [510_000...559_999, 222_100...272_099], lengths: [16]),
        Issuer(prefixes: [340_000...349_999, 370_000...379_999], lengths: [15]),
        Issuer(
            prefixes: [601_100...601_199, 620_000...629_999, 644_000...659_999],
            lengths: Set(16...19)),
        Issuer(
            prefixes: [300_000...305_999, 309_500...309_599, 360_000...369_999, 380_000...399_999],
            lengths: Set(14...19)),
        Issuer(prefixes: [352_800...358_999], lengths: Set(16...19)),
        Issuer(prefixes: [220_000...220_499], lengths: Set(16...19)),
        // A sixth of all numbers have such a prefix, so only those spaced like a card count.
        Issuer(
            prefixes: [500_000...509_999, 560_000...699_999], lengths: Set(cardDigits),
            onlyEvenlySpaced: true),
    ]
}

/// A text as words of letters and digits, each with its separator from the word before.
private struct DigitWords {
    struct Word {
        let joint: Joint
        let followsOneHyphen: Bool
        var length = 0
        var isNumber = true
        /// Its range in `digits`, if it is a number.
        var place: Range<Int>
    }

    private var words: [Word] = []
    /// The digits of all numbers, converted to ASCII from any script.
    private var digits: [UInt8] = []

    init(_ text: String) {
        var joint: Joint?
        var oneHyphen = false
        for scalar in text.unicodeScalars {
            switch ScalarKind(scalar) {
            case .joint(let next):
                oneHyphen = joint == nil && scalar == "-"
                joint = joint?.followed(by: next) ?? next
            case .word(let digit):
                if joint != nil || words.isEmpty {
                    let place = digits.count..<digits.count
                    words.append(
                        Word(joint: joint ?? .other, followsOneHyphen: oneHyphen, place: place))
                }
                joint = nil
                extendLastWord(by: digit)
            }
        }
    }

    subscript(index: Int) -> Word { words[index] }

    /// Returns the digits of consecutive numbers.
    func digits(in window: Range<Int>) -> ArraySlice<UInt8> {
        let first = words[window.lowerBound].place.lowerBound
        return digits[first..<words[window.upperBound - 1].place.upperBound]
    }

    /// Returns whether `holds` is true of one of the longest runs of numbers joined by `joint`
    /// alone.
    func hasRun(joinedBy joint: Joint, where holds: (Range<Int>) -> Bool) -> Bool {
        var run = 0..<0
        for index in words.indices where words[index].isNumber {
            let goesOn = run.upperBound == index && words[index].joint == joint
            if !goesOn, !run.isEmpty, holds(run) { return true }
            run = (goesOn ? run.lowerBound : index)..<index + 1
        }
        return !run.isEmpty && holds(run)
    }

    /// Returns whether all groups but the last are equally long, as on a card.
    func isEvenlySpaced(_ window: Range<Int>) -> Bool {
        words[window].dropLast().allSatisfy { $0.length == words[window.lowerBound].length }
    }

    /// Returns whether the window is what follows a decimal point.
    func isFraction(_ window: Range<Int>) -> Bool {
        let first = window.lowerBound
        return window.count == 1 && words[first].joint == .dot && first > 0
            && words[first - 1].isNumber
    }

    /// Hides dates with hyphens (`2026-11-22`), since a few in a row have as many digits as a
    /// card, and UUIDs (RFC 9562, section 4), whose hexadecimal digits can all be decimal.
    mutating func hideDatesAndUUIDs() {
        for start in words.indices {
            for window in [start..<start + 3, start..<start + 5] where isDateOrUUID(window) {
                for index in window { words[index].isNumber = false }
            }
        }
    }

    private func isDateOrUUID(_ window: Range<Int>) -> Bool {
        guard window.upperBound <= words.count,
            words[window].dropFirst().allSatisfy(\.followsOneHyphen)
        else { return false }
        if words[window].map(\.length) == [8, 4, 4, 4, 12] { return true }
        let fields = words[window].map { String(decoding: digits[$0.place], as: UTF8.self) }
        return [fields, fields.reversed()].contains { fields in
            (fields[0].hasPrefix("19") || fields[0].hasPrefix("20"))
                && CivilDate(fields.joined(separator: "-")) != nil
        }
    }

    private mutating func extendLastWord(by digit: UInt8?) {
        let last = words.count - 1
        words[last].length += 1
        guard words[last].isNumber else { return }
        if let digit {
            digits.append(digit)
        } else {
            words[last].isNumber = false
            digits.removeSubrange(words[last].place)
        }
        words[last].place = words[last].place.lowerBound..<digits.count
    }
}

/// What separates two words.
private enum Joint {
    case space, dot, plus, other

    func followed(by next: Joint) -> Joint {
        switch (self, next) {
        case (_, .plus), (.plus, .space): .plus
        case (.space, .space): .space
        default: .other
        }
    }
}

private enum ScalarKind {
    /// With the digit in ASCII, or nil for a letter.
    case word(UInt8?)
    case joint(Joint)

    init(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "0"..."9": self = .word(UInt8(ascii: scalar))
        case "a"..."z", "A"..."Z", "_": self = .word(nil)
        case " ", "-", "\t"..."\r", "\u{2212}": self = .joint(.space)
        case ".", "\u{FF0E}": self = .joint(.dot)
        case "+": self = .joint(.plus)
        case _ where scalar.isASCII: self = .joint(.other)
        default: self = ScalarKind(outsideASCII: scalar.properties)
        }
    }

    /// Accepts digits of any script; invisible characters and marks separate like spaces.
    private init(outsideASCII properties: Unicode.Scalar.Properties) {
        let isInvisible = properties.isWhitespace || properties.isDefaultIgnorableCodePoint
        switch properties.generalCategory {
        case .decimalNumber: self = .word(0x30 + UInt8(properties.numericValue ?? 0))
        case _ where properties.isAlphabetic: self = .word(nil)
        case .dashPunctuation, .nonspacingMark, .enclosingMark, .format: self = .joint(.space)
        case _ where isInvisible: self = .joint(.space)
        default: self = .joint(.other)
        }
    }
}
