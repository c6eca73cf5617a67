import Pledging

// The forms in which the contents of a mail were sealed. The first byte tells them apart: programs
// up to schema 18 wrote a list of optional texts (SealedFields), whose first byte is the length of
// an amount and below `jsonForm`.

extension MailContents {
    /// The bytes to be sealed: the form's byte, then one JSON object.
    var sealedBytes: [UInt8] { [MailContents.jsonForm] + Array(json.text.utf8) }

    /// Reads either form. Throws SealError.malformed when the bytes have neither.
    init(_ kind: QueuedMail.Kind, sealed bytes: [UInt8]) throws {
        guard bytes.first == MailContents.jsonForm else {
            self = try MailContents.listed(kind, SealedFields.decode(bytes, count: 13))
            return
        }
        do {
            self = try MailContents(kind, reading: JSON(reading: Array(bytes.dropFirst())))
        } catch {
            throw SealError.malformed
        }
    }

    private static let jsonForm: UInt8 = 0x82

    /// The list of texts: amount in minor units, its currency, interval, date, month, every months,
    /// former address, reason, decline reason, link, periods, charges, next date.
    private static func listed(
        _ kind: QueuedMail.Kind, _ texts: [String?]
    ) throws(SealError) -> MailContents {
        func needed<Value>(_ value: Value?) throws(SealError) -> Value {
            guard let value else { throw .malformed }
            return value
        }
        let amount = ListedAmount(texts[0], texts[1])?.money
        let date = texts[3].flatMap { CivilDate($0) }
        let everyMonths = texts[5].flatMap { Int($0) }
        let periods = texts[10].flatMap { Int($0) } ?? 1
        let nextDate = texts[12].flatMap { CivilDate($0) }
        switch kind {
        case .support: return .support(everyMonths: everyMonths)
        case .confirmReminder:
            return .confirmReminder(remindOn: try needed(date), everyMonths: everyMonths)
        case .upcomingCharge:
            return .upcomingCharge(
                amount: try needed(amount), chargeOn: try needed(date), periods: periods)
        case .methodExpiring:
            return .methodExpiring(month: texts[4].flatMap { YearMonth($0) })
        case .pauseEnding: return .pauseEnding(nextChargeOn: date)
        case .addressChanged: return .addressChanged(formerAddress: try needed(texts[6]))
        case .receipt:
            return .receipt(
                Receipt(
                    amount: try needed(amount), paidOn: try needed(date), periods: periods,
                    nextChargeOn: nextDate))
        case .yearlyReceipt:
            return .yearlyReceipt(
                amount: try needed(amount), year: try needed(date).year,
                payments: try needed(texts[11].flatMap { Int($0) }))
        case .chargeFailed:
            return .chargeFailed(
                ChargeFailed(
                    amount: try needed(amount), endsOn: try needed(date),
                    reason: texts[8].flatMap { DeclineReason(rawValue: $0) } ?? .unknown,
                    retryOn: nextDate))
        case .actionNeeded:
            return .actionNeeded(amount: try needed(amount), endsOn: try needed(date))
        case .methodNeeded: return .methodNeeded(amount: try needed(amount), nextChargeOn: date)
        // No program that wrote lists knew these kinds.
        case .bothOrOne, .paymentReturned, .pledgeEnded, .attention: throw .malformed
        }
    }
}

private struct ListedAmount {
    let money: Money

    init?(_ minorUnits: String?, _ code: String?) {
        guard let minor = minorUnits.flatMap({ Int64($0) }), let code,
            let currency = try? Currency(code)
        else { return nil }
        money = Money(minorUnits: minor, currency: currency)
    }
}
