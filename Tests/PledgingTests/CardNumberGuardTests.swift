import Pledging
import Testing

struct CardNumberGuardTests {
    /// The test numbers that processors publish.
    static let cards = [
        "4242424242424242", "4000056655665556", "4111111111111111", "4222222222222",
        "4000000000000000006", "5555555555554444", "5200828282828210", "5105105105105100",
        "2223003122003222", "378282246310005", "371449635398431", "6011111111111117",
        "6011000990139424", "6555900000604105", "3056930009020004", "36227206271667",
        "30569309025904", "38520000023237", "3566002020360505", "3530111333300000",
        "6200000000000005", "6205500000000000004", "6759649826438453", "6304000000000000",
        "5000550000000029", "6799990100000000019", "2200000000000004", "2201382000000013",
    ]

    @Test(arguments: cards)
    func `a card number is found in every spelling`(card: String) {
        let separators = [
            "", " ", "   ", "-", " - ", "--", ".", "\t", "\n", "\u{A0}", "\u{202F}", "\u{2009}",
            "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2212}", "\u{FF0D}",
            "\u{AD}", "\u{200B}", "\u{FEFF}",
        ]
        for separator in separators {
            for size in [1, 2, 4] {
                let spelled = grouped(card, by: size, separator)
                #expect(CardNumberGuard.holdsCardNumber(spelled), "\(spelled)")
                for around in ["card: ", "(", "/", "№", "№ 7, ", "tok-", "2026-11-22 "] {
                    #expect(CardNumberGuard.holdsCardNumber(around + spelled), "\(spelled)")
                }
                for around in ["!", ")", " exp. 12/29", " cvc 123", "/", ", 2026-11-22", "."] {
                    #expect(CardNumberGuard.holdsCardNumber(spelled + around), "\(spelled)")
                }
            }
        }
    }

    @Test(arguments: cards)
    func `a card number is found in every script's digits`(card: String) {
        for zero: UInt32 in [0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10, 0x1D7CE] {
            let folded = card.unicodeScalars.compactMap { Unicode.Scalar(zero + $0.value - 0x30) }
            let text = String(String.UnicodeScalarView(folded))
            #expect(CardNumberGuard.holdsCardNumber(text), "\(text)")
            #expect(CardNumberGuard.holdsCardNumber(grouped(text, by: 4, " ")), "\(text)")
        }
    }

    @Test(arguments: cards)
    func `one wrong digit makes it not a card number`(card: String) throws {
        let last = try #require(card.last?.wholeNumberValue)
        for digit in 0...9 where digit != last {
            let wrong = card.dropLast() + String(digit)
            #expect(!CardNumberGuard.holdsCardNumber(String(wrong)))
        }
    }

    @Test(arguments: [
        "4242 4242 4242 4242 4000 0566 5566 5556", "4242424242424242 5555555555554444",
        "1111 2222 3333 4444 4242424242424242", "1 2 3 4242 4242 4242 4242 1 2 3",
        "00 4242424242424242", "4242424242424242 123", "4242424242424242.00",
        "1.50 4242 4242 4242 4242", "+4242424242424242", "+4242 4242 4242 4242",
        "2026-11-22 4242-4242-4242-4242 2026-11-23", "3782 822463 10005", "3622 720627 1667",
        "42424 24242 42424 2", "42 4242 424242 4242", "4242 4242\n4242 4242",
        "No.4242424242424242",
        "4242.4242.4242.4242", "4242424242424242\u{301}",
    ])
    func `a card beside other numbers is found`(text: String) {
        #expect(CardNumberGuard.holdsCardNumber(text))
    }

    @Test(arguments: [
        "", "4242", "424242424242", "sup_01h455vb4pex5vsknk084sn02q", "tok_1_0000000",
        "tok_4242424242424242", "4242424242424242x", "x4242424242424242", "é4242424242424242",
        "card4242 4242 4242 4242", "_4242424242424242", "4242424242424242_1",
        "+49 170 1234567", "+378282246310005", "+4242424242428", "+1 (650) 555-0100",
        "99424242424242424200", "42424242424242424242424242424242",
        "0.4242424242424242", "42424242.42424242", "12.50", "1234567.89", "22500000.00", "5,000.00",
        "500000.00 250000.00 125000.00 62500.00", "2026-11-22T10:00:00.000Z",
        "2026-11-23 2026-12-24 2027-01-25 2027-02-26", "23.11.2026 24.12.2026 25.01.2027",
        "23-11-2026 24-12-2026 25-01-2027", "1732300000000", "1732300000000000",
        "12345678-1234-4123-8123-123456789012", "00000000-0000-0000-0000-000000000000",
        "4242:4242:4242:4242", "4242,4242,4242,4242", "4242/4242/4242/4242",
        "6759 64982 6438453", "192.168.100.200", "Олена Шевченко з Харкова", "花子 佐藤",
    ])
    func `a text without a card number is accepted`(text: String) {
        #expect(!CardNumberGuard.holdsCardNumber(text))
    }

    @Test func `ids, moments, dates and amounts never trip it`() throws {
        var generator = SeededGenerator(seed: 6)
        let dollar = try Currency("USD")
        for _ in 0..<25_000 {
            let bits = generator.next128()
            let moment = Instant(milliseconds: Int64(generator.next(below: 1 << 41)))
            let hex = String(repeating: "0", count: 32) + String(bits, radix: 16)
            let money = Money(minorUnits: Int64(generator.next(below: 1 << 40)), currency: dollar)
            let texts = [
                ID<Supporter>(bits: bits).text,
                grouped(String(hex.suffix(32)), at: [8, 12, 16, 20]),
                moment.rfc3339,
                "\(moment.utcDate) \(moment.utcDate.adding(days: 31))",
                "tok_\(generator.next(below: 10))_\(generator.digits(7))",
                "\(money) \(money.decimal)",
            ]
            try #require(texts.first(where: CardNumberGuard.holdsCardNumber) == nil)
        }
    }

    @Test func `phone numbers never trip it`() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<100_000 {
            let country = ["1", "49", "380", "81", "7"][generator.next(below: 5)]
            let rest = generator.digits(8 + generator.next(below: 5))
            let separator = ["", " ", "-", "."][generator.next(below: 4)]
            let phone = "+\(country)\(separator)" + grouped(rest, by: 3, separator)
            try #require(
                !CardNumberGuard.holdsCardNumber("call \(phone), or \(phone)"), "\(phone)")
        }
    }

    @Test func `UUIDs of nothing but decimal digits never trip it`() throws {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<25_000 {
            let uuid = grouped(generator.digits(32), at: [8, 12, 16, 20])
            try #require(!CardNumberGuard.holdsCardNumber("\(uuid) \(uuid)"), "\(uuid)")
        }
    }
}

private func grouped(_ text: String, by size: Int, _ separator: String) -> String {
    let characters = Array(text)
    let starts = stride(from: 0, to: characters.count, by: size)
    return starts.map { String(characters[$0..<min($0 + size, characters.count)]) }
        .joined(separator: separator)
}

/// Inserts a hyphen before each of these places.
private func grouped(_ text: String, at places: [Int]) -> String {
    text.enumerated().map { places.contains($0.offset) ? "-\($0.element)" : "\($0.element)" }
        .joined()
}
