import Payments
import Pledging
import Store

extension MethodInput {
    /// The same with the country of the bank behind the token, as its processor tells it before any
    /// bank hears of the reader: only where the newsroom asks for countries, and the caller did not
    /// say. A processor that cannot be asked tells nothing. Throws Problem where the token is none,
    /// or the processor not set up.
    package func previewed(
        through processors: Processors, in context: Context
    ) async throws -> MethodInput {
        // A card number goes nowhere.
        let token = try InputRules.token(token, field: .methodToken)
        // A pledge by one that nobody has set up would wait in vain.
        let processor = try processors.named(processor)
        guard issuingCountry == nil, try await BrowseBook.asksForCountries(in: context)
        else { return self }
        var details = self
        do {
            details.previewedCountry = try await processor.issuingCountry(ofToken: token)
        } catch {
            context.log(
                .warning, "no preview of a token",
                ["processor": "\(processor.name)", "reason": "\(error.reason)"])
        }
        return details
    }
}

extension BrowseBook {
    /// Whether anything is decided by country.
    package static func asksForCountries(in context: Context) async throws -> Bool {
        try await context.lookUp { try !$0.riskTable().allowsAll }
    }
}
