// The fields of Stripe's objects that are read (docs.stripe.com/api). Fields that may be missing
// are optional: an event is written in the version of the day it was made.

/// A field that is an id, or the object itself if it was expanded.
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

/// Fee and net of a payment, or a line of a payout.
struct StripeBalanceTransaction: StripeIdentified {
    struct Source: StripeIdentified {
        let id: String
        let paymentIntent: StripeExpandable<StripeReferenced>?
    }

    let id: String
    let type: String?
    let reportingCategory: String?
    let amount: Int64?
    let fee: Int64?
    let net: Int64?
    let currency: String?
    let source: StripeExpandable<Source>?
}

struct StripePayout: StripeIdentified {
    let id: String
    let amount: Int64?
    let currency: String?
    let created: Int64?
    let status: String?
    let automatic: Bool?
    let reconciliationStatus: String?
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

/// The fields that every event has.
struct StripeEvent: StripeIdentified {
    let id: String
    let object: String
    let type: String
    let created: Int64?
    let livemode: Bool?
}

/// An event with the object that it is about.
struct StripeEventAbout<Object: Decodable & Sendable>: Decodable, Sendable {
    struct Content: Decodable, Sendable { let object: Object }
    let data: Content
}

/// The body of every refusal.
struct StripeErrorBody: Decodable, Sendable { let error: StripeErrorDetail }

/// A refusal, or a payment's last error. Its message is not read, because it may hold a token.
struct StripeErrorDetail: Decodable, Sendable {
    let type: String?
    let code: String?
    let declineCode: String?
    let adviceCode: String?
    let param: String?
    let paymentIntent: StripeExpandable<StripeReferenced>?
}
