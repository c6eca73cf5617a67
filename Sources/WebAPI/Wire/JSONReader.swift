import Foundation
import Hummingbird
import Pledging
import Workflows

/// Reads JSON that a stranger wrote: numbers are whole, members in the order of their names.
enum JSONReader {
    /// Throws Problem `.invalid` where the bytes are no JSON of ours.
    static func read(_ buffer: ByteBuffer) throws(Problem) -> JSON {
        do {
            return try JSONDecoder().decode(Parsed.self, from: Data(buffer.readableBytesView)).json
        } catch let error as DecodingError {
            if case .dataCorrupted(let context) = error, !context.codingPath.isEmpty {
                throw Problem(.invalid, field: "body", "holds a number that is not whole")
            }
            throw Problem(.invalid, field: "body", "is no JSON")
        } catch {
            throw Problem(.invalid, field: "body", "is no JSON")
        }
    }

    private struct Parsed: Decodable {
        let json: JSON

        init(from decoder: any Decoder) throws {
            if let object = try? decoder.container(keyedBy: Name.self) {
                let members = try object.allKeys.sorted { $0.stringValue < $1.stringValue }.map {
                    JSON.Member(
                        name: $0.stringValue, value: try object.decode(Parsed.self, forKey: $0).json
                    )
                }
                json = .object(members)
                return
            }
            if var list = try? decoder.unkeyedContainer() {
                var values: [JSON] = []
                while !list.isAtEnd { values.append(try list.decode(Parsed.self).json) }
                json = .array(values)
                return
            }
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                json = .null
            } else if let flag = try? value.decode(Bool.self) {
                json = .bool(flag)
            } else if let text = try? value.decode(String.self) {
                json = .string(text)
            } else if let number = try? value.decode(Int64.self) {
                json = .integer(number)
            } else {
                throw DecodingError.dataCorruptedError(
                    in: value, debugDescription: "no whole number")
            }
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
