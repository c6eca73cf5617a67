// Stripe's objects, as much of them as is read (docs.stripe.com/api). What may be missing is
// optional: events are written in the version of the day they were made.

/// A field that is an id, or the object itself where it was asked for.
enum StripeExpandable<Object: StripeIdentified>: Decodable, Sendable {
    case id(String)
    case object(Object)

    init(from decoder: any Decoder) throws {
        if let id = try? decoder.singleValueContainer().decode(String.self) {
            self = .id(id)
        } else {
            self = .object(try Object(from: decoder))
        }
    }

    var id: String {
        switch self {
        case .id(let id): id
        case .object(let object): object.id
        }
    }

    var object: Object? {
        switch self {
        case .id: nil
        case .object(let object): object
        }
    }
}

protocol StripeIdentified: Decodable, Sendable {
    var id: String { get }
}

struct StripeReferenced: StripeIdentified { let id: String }

struct StripeList<Item: Decodable & Sendable>: Decodable, Sendable {
    let data: [Item]
    let hasMore: Bool?
}

struct StripeIntent: StripeIdentified {
    struct NextAction: Decodable, Sendable {
        struct Redirect: Decodable, Sendable { let url: String? }
        let redirectToUrl: Redirect?
    }

    let id: String
    let amount: Int64?
    let currency: String?
    let status: String?
    let created: Int64?
    let metadata: [String: String]?
    let latestCharge: StripeExpandable<StripeCharge>?
    let lastPaymentError: StripeErrorDetail?
    let nextAction: NextAction?
}

struct StripeCharge: StripeIdentified {
    let id: String
    let created: Int64?
    let amountRefunded: Int64?
    let disputed: Bool?
    let failureCode: String?
    let balanceTransaction: StripeExpandable<StripeBalanceTransaction>?
}

/// What Stripe kept and passed on of a payment, or a line of a payout.
struct StripeBalanceTransaction: StripeIdentified {
    struct Source: StripeIdentified {
        let id: String
        let paymentIntent: StripeExpandable<StripeReferenced>?
    }

    let id: String
    let type: String?
    let fee: Int64?
    let net: Int64?
    let currency: String?
    let source: StripeExpandable<Source>?
}

struct StripeRefund: StripeIdentified {
    let id: String
    let amount: Int64?
    let currency: String?
    let status: String?
    let failureReason: String?
    let paymentIntent: StripeExpandable<StripeReferenced>?
    let metadata: [String: String]?
}

struct StripeDispute: StripeIdentified {
    let id: String
    let amount: Int64?
    let currency: String?
    let status: String?
    let paymentIntent: StripeExpandable<StripeReferenced>?
}

struct StripeFraudWarning: StripeIdentified {
    let id: String
    let paymentIntent: StripeExpandable<StripeReferenced>?
}

struct StripeMethod: StripeIdentified {
    struct Details: Decodable, Sendable { let country: String? }
    let id: String
    let customer: StripeExpandable<StripeReferenced>?
    let card: Details?
    let sepaDebit: Details?
    let paypal: Details?
}

struct StripeSetupIntent: StripeIdentified {
    let id: String
    let clientSecret: String
}

/// What every event tells, whatever it is about.
struct StripeEvent: StripeIdentified {
    let id: String
    let object: String
    let type: String
    let created: Int64?
    let livemode: Bool?
}

/// An event and what it is about.
struct StripeEventAbout<Object: Decodable & Sendable>: Decodable, Sendable {
    struct Content: Decodable, Sendable { let object: Object }
    let data: Content
}

/// The body of every answer that is a refusal.
struct StripeErrorBody: Decodable, Sendable { let error: StripeErrorDetail }

/// A refusal, or what a payment last failed by. Its message is not read: it may hold a token.
struct StripeErrorDetail: Decodable, Sendable {
    let type: String?
    let code: String?
    let declineCode: String?
    let adviceCode: String?
    let paymentIntent: StripeExpandable<StripeReferenced>?
}
