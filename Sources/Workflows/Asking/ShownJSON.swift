package import Pledging
package import Store

/// The result of a verb, as HTTP and the command line show it.
package struct ShownJSON: Hashable, Sendable {
    package let id: String
    /// One JSON object.
    package let json: String
    /// The version for If-Match; nil for what has no versions.
    package let version: Int64?
    /// The supporter with whose erasure the stored answer is deleted.
    let supporterID: ID<Supporter>?
}

extension ShownJSON {
    /// Reads an answer that was stored as JSON. Throws SealError.malformed when it is not an object
    /// with an id.
    init(stored text: String) throws {
        guard let json = try? JSON(reading: Array(text.utf8)), case .string(let id)? = json["id"]
        else { throw SealError.malformed }
        var version: Int64?
        if case .integer(let number)? = json["version"] { version = number }
        self.init(id: id, json: text, version: version, supporterID: nil)
    }

    /// The JSON, parsed.
    var value: JSON {
        get throws { try JSON(reading: Array(json.utf8)) }
    }
}

/// A result that HTTP and the command line can show.
package protocol Shown: Sendable {
    var shown: ShownJSON { get }
}

extension Supporter: Shown {
    package var shown: ShownJSON {
        ShownJSON(id: id.text, json: json.text, version: version, supporterID: id)
    }
}

extension Pledge: Shown {
    package var shown: ShownJSON {
        ShownJSON(id: id.text, json: json.text, version: version, supporterID: supporterID)
    }
}

extension PaymentMethod: Shown {
    package var shown: ShownJSON {
        ShownJSON(id: id.text, json: json.text, version: version, supporterID: supporterID)
    }
}

extension Attention: Shown {
    package var shown: ShownJSON {
        ShownJSON(id: id.text, json: json.text, version: version, supporterID: nil)
    }
}

extension Reminder: Shown {
    package var shown: ShownJSON {
        ShownJSON(id: id.text, json: json.text, version: version, supporterID: supporterID)
    }
}

extension Charge: Shown {
    package var shown: ShownJSON {
        ShownJSON(id: id.text, json: json.text, version: version, supporterID: supporterID)
    }
}

extension Refund: Shown {
    package var shown: ShownJSON {
        ShownJSON(id: id.text, json: json.text, version: nil, supporterID: nil)
    }
}

extension WebhookEndpoint: Shown {
    package var shown: ShownJSON {
        ShownJSON(id: id.text, json: json.text, version: version, supporterID: nil)
    }
}

extension StoredRiskPolicy: Shown {
    package var shown: ShownJSON {
        ShownJSON(id: country, json: json.text, version: nil, supporterID: nil)
    }
}

extension SupporterRecord: Shown {
    package var shown: ShownJSON {
        ShownJSON(
            id: supporter.id.text, json: json.text, version: supporter.version,
            supporterID: supporter.id)
    }
}

extension ChargeRecord: Shown {
    package var shown: ShownJSON {
        ShownJSON(
            id: charge.id.text, json: json.text, version: charge.version,
            supporterID: charge.supporterID)
    }
}
