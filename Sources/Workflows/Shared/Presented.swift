package import Pledging
package import Store

/// What a verb came to, as a door shows it.
package struct Presentation: Hashable, Sendable {
    package let id: String
    /// One JSON object.
    package let json: String
    /// For If-Match; nil for what has no versions.
    package let version: Int64?
    /// With whom the answer is forgotten.
    let supporterID: ID<Supporter>?
}

extension Presentation {
    /// What was shown before, and kept as JSON. Throws SealError.malformed where it is none.
    init(stored text: String) throws {
        guard let json = try? JSON(reading: Array(text.utf8)), case .string(let id)? = json["id"]
        else { throw SealError.malformed }
        var version: Int64?
        if case .integer(let number)? = json["version"] { version = number }
        self.init(id: id, json: text, version: version, supporterID: nil)
    }
}

/// What can be shown by a door.
package protocol Presented: Sendable {
    var presentation: Presentation { get }
}

extension Supporter: Presented {
    package var presentation: Presentation {
        Presentation(id: id.text, json: json.text, version: version, supporterID: id)
    }
}

extension Pledge: Presented {
    package var presentation: Presentation {
        Presentation(id: id.text, json: json.text, version: version, supporterID: supporterID)
    }
}

extension PaymentMethod: Presented {
    package var presentation: Presentation {
        Presentation(id: id.text, json: json.text, version: version, supporterID: supporterID)
    }
}

extension Reminder: Presented {
    package var presentation: Presentation {
        Presentation(id: id.text, json: json.text, version: version, supporterID: supporterID)
    }
}

extension Charge: Presented {
    package var presentation: Presentation {
        Presentation(id: id.text, json: json.text, version: version, supporterID: supporterID)
    }
}

extension Refund: Presented {
    package var presentation: Presentation {
        Presentation(id: id.text, json: json.text, version: nil, supporterID: nil)
    }
}

extension WebhookEndpoint: Presented {
    package var presentation: Presentation {
        Presentation(id: id.text, json: json.text, version: version, supporterID: nil)
    }
}

extension StoredRiskPolicy: Presented {
    package var presentation: Presentation {
        Presentation(id: country, json: json.text, version: nil, supporterID: nil)
    }
}

extension RegisterPledge.Answer: Presented {
    package var presentation: Presentation { pledge.presentation }
}

extension SupporterRecord: Presented {
    package var presentation: Presentation {
        Presentation(
            id: supporter.id.text, json: json.text, version: supporter.version,
            supporterID: supporter.id)
    }
}

extension ChargeRecord: Presented {
    package var presentation: Presentation {
        Presentation(
            id: charge.id.text, json: json.text, version: charge.version,
            supporterID: charge.supporterID)
    }
}
