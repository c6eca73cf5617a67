import ArgumentParser
import Foundation
import Pledging
import Workflows

// Values that the parser reads from arguments.

extension Interval: ExpressibleByArgument {}
extension ReminderDelay: ExpressibleByArgument {}
extension PledgeState: ExpressibleByArgument {}
extension Pledge.Receipts: ExpressibleByArgument {}
extension ChargeState: ExpressibleByArgument {}
extension ResolveCharge.Verdict: ExpressibleByArgument {}
extension ReminderState: ExpressibleByArgument {}
extension Newsroom.Profile: ExpressibleByArgument {}
extension SuppressionScope: ExpressibleByArgument {}
extension SuppressionReason: ExpressibleByArgument {}
extension Cancellation.Reason: ExpressibleByArgument {}
extension Cancellation.Party: ExpressibleByArgument {}
extension DeliveryState: ExpressibleByArgument {}
extension FollowLink.Wish: ExpressibleByArgument {}

extension CivilDate: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension YearMonth: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Instant: ExpressibleByArgument {
    package init?(argument: String) { self.init(rfc3339: argument) }
}

/// Returns the address, or the first line of standard input for `-`, because shell histories and
/// process lists show arguments. Throws Problem if no line comes.
func readEmail(_ argument: String) throws -> String {
    guard argument == "-" else { return argument }
    guard let line = readLine(strippingNewline: true), !line.isEmpty else {
        throw Problem(.invalid, "no address on standard input")
    }
    return line
}

/// The options of commands that take a person.
struct PersonOptions: ParsableArguments {
    @Option(help: "The address; - reads it from standard input.") var email: String
    @Option(help: "A name.") var name: String?
    @Option(help: "A language tag, like ru or pt-BR.") var locale: String?
    @Option(help: "A country, like DE.") var country: String?
    @Option(help: "A time zone, like Europe/Berlin.") var timeZone: String?

    func person() throws -> PersonInput {
        PersonInput(
            email: try readEmail(email), name: name, locale: locale, country: country,
            timeZone: timeZone)
    }
}

/// The options of commands that take a payment method, as the processor describes it.
struct MethodOptions: ParsableArguments {
    @Option(help: "The processor's token; never a card number.") var methodToken: String
    @Option(help: "card, sepaDebit or paypal.") var methodKind = MethodInput.kindStandard
    @Option(help: "The processor that issued the token.")
    var processor = MethodInput.processorStandard
    @Option(
        help: """
            The processor's id of the customer that the token belongs to. Some processors charge \
            a token without the reader present only through its customer.
            """)
    var customer: String?
    @Option(help: "The processor's id of a bank debit's mandate.") var mandate: String?
    @Option(help: "The card's brand, as the processor names it.") var brand: String?
    @Option(help: "The last four digits.") var last4: String?
    @Option(help: "Year and month, like 2028-04.") var expires: String?
    @Option(help: "The country of the bank, like US.") var issuingCountry: String?

    var details: MethodInput {
        MethodInput(
            kind: methodKind, processor: processor, token: methodToken, customer: customer,
            mandate: mandate, brand: brand, last4: last4, expires: expires,
            issuingCountry: issuingCountry)
    }
}

/// A length of time, like 90s, 60m, 2h or 1d.
struct Age: ExpressibleByArgument {
    let text: String
    let seconds: Int64

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }),
            let count = Int64(argument.dropLast()), (1...Age.maximumSeconds / unit).contains(count)
        else { return nil }
        text = argument
        seconds = count * unit
    }

    /// Ten years: more is a typing error.
    private static let maximumSeconds: Int64 = 315_360_000
}
