import Foundation
import Pledging
import Testing

struct JSONTests {
    private static let values: [(JSON, String)] = [
        (JSON.null, "null"), (.bool(true), "true"), (.bool(false), "false"), (.integer(0), "0"),
        (.integer(.min), "-9223372036854775808"), (.integer(.max), "9223372036854775807"),
        (.string(""), "\"\""), (.array([]), "[]"), (.object([]), "{}"),
        (.array([.integer(1), .null, "x"]), "[1,null,\"x\"]"),
        (["b": .integer(1), "a": ["c": .array([.bool(true)])]], "{\"b\":1,\"a\":{\"c\":[true]}}"),
    ]

    @Test(arguments: values)
    func `a value is written on one line without spaces`(value: JSON, text: String) {
        #expect(value.text == text)
    }

    @Test(arguments: [
        ("\"", #""\"""#), ("\\", #""\\""#), ("\n\r\t", #""\n\r\t""#), ("\0", #""\u0000""#),
        ("\u{1F}", #""\u001f""#), ("\u{7F}", #""\u007f""#), ("/", "\"/\""), ("é", "\"é\""),
        ("花子 😀", "\"花子 😀\""), ("\u{2028}", "\"\u{2028}\""), ("e\u{301}", "\"e\u{301}\""),
    ])
    func `a text is escaped where RFC 8259 asks for it`(text: String, written: String) {
        #expect(JSON.string(text).text == written)
        #expect((["\(text)": .null] as JSON).text == "{\(written):null}")
    }

    @Test(arguments: ["\"", "\\", "\n", "\u{1F}", "\u{7F}"], [0, 1, 7, 8, 9, 15, 16, 20])
    func `it is escaped wherever in a text it stands`(mark: String, place: Int) throws {
        let around = (String(repeating: "a", count: place), String(repeating: "é", count: 11))
        let text = around.0 + mark + around.1
        let inner = JSON.string(mark).text.dropFirst().dropLast()
        #expect(JSON.string(text).text == "\"\(around.0)\(inner)\(around.1)\"")
    }

    @Test func `every character comes back through another parser`() throws {
        var scalars: [Unicode.Scalar] = []
        for value: UInt32 in Array(0..<0x250) + [0x2028, 0x2029, 0xFEFF, 0xFFFD, 0x1_F600] {
            scalars.append(try #require(Unicode.Scalar(value)))
        }
        let text = String(String.UnicodeScalarView(scalars))
        let value: JSON = ["k": .string(text), "list": .array([.string(text), .integer(-7)])]
        let parsed = try #require(
            try JSONSerialization.jsonObject(with: Data(value.text.utf8)) as? [String: Any])
        #expect(Array((parsed["k"] as? String ?? "").unicodeScalars) == scalars)
        let list = try #require(parsed["list"] as? [Any])
        #expect(list.first as? String == text)
        #expect(list.last as? Int64 == -7)
    }

    @Test func `members keep their order and lose those without a value`() {
        let value = JSON.members(["z": .integer(1), "gone": nil, "a": .null, "m": "x"])
        #expect(value.text == #"{"z":1,"a":null,"m":"x"}"#)
    }

    @Test func `more members go to the end of an object and to nothing else`() {
        let value: JSON = ["a": .integer(1)]
        let more = value.adding(["b": "2", "c": nil])
        #expect(more.text == #"{"a":1,"b":"2"}"#)
        #expect(JSON.array([]).adding(["b": "2"]) == .array([]))
    }

    @Test func `a member is found by its name in objects only`() {
        let value: JSON = ["a": .integer(1), "b": .null]
        #expect(value["a"] == .integer(1))
        #expect(value["b"] == .null)
        #expect(value["c"] == nil)
        #expect(JSON.string("a")["a"] == nil)
    }

    @Test func `text that was encoded before is written as it is`() {
        let stored = #"{"type":"pledge.registered"}"#
        let value = JSON.array([.encoded(stored), .string(stored)])
        #expect(value.text == #"[{"type":"pledge.registered"},"{\"type\":\"pledge.registered\"}"]"#)
    }

    @Test(arguments: [
        (Int64(500), "USD", "5.00"), (1, "EUR", "0.01"), (200, "JPY", "200"),
        (999_999, "GBP", "9999.99"),
    ])
    func `an amount is a decimal text and a code`(
        minor: Int64, code: String, decimal: String
    ) throws {
        let amount = Money(minorUnits: minor, currency: try Currency(code))
        #expect(amount.json.text == #"{"amount":"\#(decimal)","currency":"\#(code)"}"#)
    }
}
