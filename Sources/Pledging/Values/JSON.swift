/// A JSON value. Objects keep the order of their members, so that equal values are signed, printed
/// and stored as the same bytes. Numbers are integers only, without floating point.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSON])
    case object([Member])
    /// JSON text that was encoded before, such as a stored body; it is written unchanged.
    case encoded(String)

    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: JSON

        package init(name: String, value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// Returns an object with the members in this order, without those whose value is nil.
    package static func members(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        var present: [Member] = []
        present.reserveCapacity(members.count)
        for (name, value) in members {
            if let value { present.append(Member(name: name, value: value)) }
        }
        return .object(present)
    }

    /// The text on one line, without spaces (RFC 8259).
    package var text: String {
        var size = JSONSize()
        measure(&size)
        return String(unsafeUninitializedCapacity: size.bytes) { buffer in
            var writer = JSONWriter(buffer: buffer, escapes: size.escapes)
            write(to: &writer)
            return writer.count
        }
    }

    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// Returns this object with more members at its end; any other value unchanged.
    package func adding(_ more: KeyValuePairs<String, JSON?>) -> JSON {
        guard case .object(let own) = self, case .object(let added) = JSON.members(more) else {
            return self
        }
        return .object(own + added)
    }
}

extension JSON: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
}

extension Money {
    /// `{"amount":"5.00","currency":"USD"}`, the form of amounts in all interfaces.
    package var json: JSON { ["amount": .string(decimal), "currency": .string(currency.code)] }
}

extension JSON: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }
}
