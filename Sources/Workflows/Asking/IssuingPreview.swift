import Payments
import Pledging
import Store

extension MethodInput {
    /// Returns the input with the country of the bank behind the token. The processor tells it
    /// before any bank is contacted. It is asked only when the newsroom decides by country and the
    /// caller named no country; when it cannot be asked, no country is added. Throws Problem
    /// `.invalid` when the token breaks a rule or the processor is not set up.
    package func previewed(
        through processors: Processors, in context: Context
    ) async throws -> MethodInput {
        // Refuses a card number before anything is sent to a processor.
        let token = try InputRules.token(token, field: .methodToken)
        // A pledge through a processor that is not set up would never be charged.
        let processor = try processors.named(processor)
        guard issuingCountry == nil, try await BrowseBook.asksForCountries(in: context)
        else { return self }
        var details = self
        do {
            details.previewedCountry = try await processor.issuingCountry(ofToken: token)
        } catch {
            context.log(
                .warning, "the issuing country of a token was not read",
                ["processor": "\(processor.name)", "reason": "\(error.reason)"])
        }
        return details
    }
}

extension BrowseBook {
    /// Returns whether any risk policy restricts a country.
    package static func asksForCountries(in context: Context) async throws -> Bool {
        try await context.lookUp { try !$0.riskTable().allowsAll }
    }
}
