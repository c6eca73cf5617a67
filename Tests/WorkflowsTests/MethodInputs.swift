import Workflows

extension MethodInput {
    /// A card with every detail.
    static let new = MethodInput(
        token: "tok_new", customer: "cus_new", mandate: "mnd_new", brand: "mastercard",
        last4: "4444", expires: "2030-01", issuingCountry: "DE")

    /// Each breaks another rule.
    static let malformed = [
        MethodInput(token: cardNumber), MethodInput(token: ""),
        MethodInput(token: "t", expires: "2026-10"), MethodInput(token: "t", last4: "42"),
        MethodInput(kind: "crypto", token: "t"),
        MethodInput(processor: "San Box", token: "t"),
        MethodInput(token: "t", issuingCountry: "XX"),
    ]
}
