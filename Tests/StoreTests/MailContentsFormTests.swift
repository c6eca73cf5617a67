import Pledging
import Testing

@testable import Store

/// The contents of one kind of mail, and the list of texts in which an older program sealed them.
struct MailSample: CustomTestStringConvertible, Sendable {
    let contents: MailContents
    /// In order: amount, currency, interval, date, month, every months, former address, reason,
    /// decline reason, link, periods, charges, next date.
    let texts: [String?]

    var testDescription: String { "\(contents.kind)" }

    static let all: [MailSample] = {
        guard let currency = try? Currency("KZT"), let day = CivilDate("2028-02-29"),
            let next = CivilDate("2028-03-29"), let month = YearMonth("2027-01")
        else { return [] }
        let amount = Money(minorUnits: 123_450, currency: currency)
        let sum: [String?] = ["123450", "KZT"]
        func list(
            _ amount: [String?] = [nil, nil], interval: String? = nil, date: String? = nil,
            month: String? = nil, months: String? = nil, former: String? = nil,
            reason: String? = nil, decline: String? = nil, link: String? = nil,
            periods: String? = nil, charges: String? = nil, next: String? = nil
        ) -> [String?] {
            amount + [
                interval, date, month, months, former, reason, decline, link, periods, charges,
                next,
            ]
        }
        return [
            MailSample(contents: .support(everyMonths: nil), texts: list()),
            MailSample(contents: .support(everyMonths: 3), texts: list(months: "3")),
            MailSample(
                contents: .confirmReminder(remindOn: day, everyMonths: nil),
                texts: list(date: "2028-02-29")),
            MailSample(
                contents: .upcomingCharge(amount: amount, chargeOn: day, periods: 12),
                texts: list(sum, interval: "month", date: "2028-02-29", periods: "12")),
            MailSample(contents: .methodExpiring(month: month), texts: list(month: "2027-01")),
            MailSample(contents: .pauseEnding(nextChargeOn: day), texts: list(date: "2028-02-29")),
            MailSample(
                contents: .addressChanged(formerAddress: "Old@Example.org"),
                texts: list(former: "Old@Example.org")),
            MailSample(
                contents: .receipt(
                    .init(amount: amount, paidOn: day, periods: 3, nextChargeOn: next)),
                texts: list(
                    sum, interval: "month", date: "2028-02-29", periods: "3", next: "2028-03-29")),
            MailSample(
                contents: .yearlyReceipt(amount: amount, year: 2028, payments: 12),
                texts: list(sum, date: "2028-01-01", charges: "12")),
            MailSample(
                contents: .chargeFailed(
                    .init(
                        amount: amount, endsOn: day, reason: .insufficientFunds, retryOn: next)),
                texts: list(
                    sum, date: "2028-02-29", decline: DeclineReason.insufficientFunds.rawValue,
                    next: "2028-03-29")),
            MailSample(
                contents: .actionNeeded(amount: amount, endsOn: day),
                texts: list(sum, date: "2028-02-29", link: "https://bank.example.org/")),
            MailSample(
                contents: .methodNeeded(amount: amount, nextChargeOn: nil), texts: list(sum)),
        ]
    }()
}

@Suite struct MailContentsFormTests {
    @Test func `there is a sample of each kind`() {
        let kinds = Set(MailSample.all.map(\.contents.kind))
        #expect(
            kinds.union([.attention, .bothOrOne, .paymentReturned, .pledgeEnded])
                == Set(QueuedMail.Kind.allCases)
        )
    }

    @Test func `a mail of a return comes back, and was never a list`() throws {
        let contents = MailContents.paymentReturned(
            amount: Money(minorUnits: 500, currency: try Currency("USD")),
            paidOn: try #require(CivilDate("2026-11-22")))
        #expect(try MailContents(.paymentReturned, sealed: contents.sealedBytes) == contents)
        #expect(throws: SealError.malformed) {
            try MailContents(.paymentReturned, sealed: Array(contents.sealedBytes.dropFirst()))
        }
    }

    @Test func `the operator's mail comes back, and was never a list`() throws {
        let contents = MailContents.attention([.init(what: "a \"dispute\"", cure: "look")])
        #expect(try MailContents(.attention, sealed: contents.sealedBytes) == contents)
        #expect(throws: SealError.malformed) {
            try MailContents(
                .attention, sealed: SealedFields([String?](repeating: "x", count: 13)).bytes)
        }
    }

    @Test(arguments: MailSample.all) func `what was sealed as a list is still read`(
        sample: MailSample
    ) throws {
        let bytes = SealedFields(sample.texts).bytes
        #expect(try MailContents(sample.contents.kind, sealed: bytes) == sample.contents)
    }

    @Test(arguments: MailSample.all) func `no list begins as the present form does`(
        sample: MailSample
    ) {
        #expect(SealedFields(sample.texts).bytes.first != sample.contents.sealedBytes.first)
    }

    @Test(arguments: MailSample.all) func `what is missing or of another kind is malformed`(
        sample: MailSample
    ) throws {
        let needsSomething: Bool =
            switch sample.contents {
            case .support, .methodExpiring, .pauseEnding: false
            default: true
            }
        for bytes in [SealedFields([String?](repeating: nil, count: 13)).bytes, [0x82] + "{}".utf8]
        where needsSomething {
            #expect(throws: SealError.malformed) {
                try MailContents(sample.contents.kind, sealed: bytes)
            }
        }
        for text in ["", "[", "{\"amount\":5}", "{\"every_months\":\"x\",\"month\":1}"]
        where needsSomething || text.count < 2 {
            #expect(throws: SealError.malformed) {
                try MailContents(sample.contents.kind, sealed: [0x82] + Array(text.utf8))
            }
        }
    }
}
