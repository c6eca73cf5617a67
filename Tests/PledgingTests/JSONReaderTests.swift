import Pledging
import Testing

/// JSON as other programs write it.
@Suite struct JSONReaderTests {
    private func read(_ bytes: [UInt8]) throws(JSONFault) -> JSON {
        try JSON(reading: bytes)
    }

    @Test(arguments: [
        (#"{}"#, "{}"), (" [ ] ", "[]"),
        (#"{"b":1,"a":[true,false,null]}"#, #"{"a":[true,false,null],"b":1}"#),
        (#""é\u00e9\ud83d\ude00\n\/""#, #""éé😀\n/""#), ("-0", "0"), ("-12", "-12"),
        ("9223372036854775807", "9223372036854775807"), ("5.0", "5"), (#"{"":""}"#, #"{"":""}"#),
    ])
    func `what is JSON is read`(text: String, expected: String) throws {
        #expect(try read(Array(text.utf8)).text == expected)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "[1", "[1,]", "[,1]", "[1 2]", #"{"a":1,}"#, #"{"a"}"#, #"{a:1}"#,
        #"{'a':1}"#, #"{"a":1}}"#, #"{"a":1} x"#, "01", "+1", "-", "1.", ".5", "0x1", "NaN",
        "Infinity", "tru", "TRUE", "nul", #"""#, #""\x""#, #""\u12""#, #""\u+123""#, #""\ud800""#,
        #""\udc00""#, #""\ud800\u0041""#, "\"\u{1}\"", "\"a\nb\"", "\u{FEFF}{}", "/**/{}",
        "{}\u{0}",
    ])
    func `what is not JSON is refused`(text: String) {
        #expect(throws: JSONFault.self) { try read(Array(text.utf8)) }
    }

    @Test(arguments: ["5.5", "0.9999999999999999999999", "1e2", "9223372036854775808", "1E400"])
    func `a number that is not whole is refused as such`(text: String) {
        #expect(throws: JSONFault.numberNotWhole) { try read(Array(text.utf8)) }
    }

    @Test(arguments: [
        #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"\u0061":3}"#, #"[{"x":{"a":1,"a":2}}]"#,
    ])
    func `a duplicate member is refused`(text: String) {
        #expect(throws: JSONFault.memberTwice) { try read(Array(text.utf8)) }
    }

    @Test func `other encodings, and bytes that are none, are refused`() {
        let utf16 = Array("{}".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        for bytes in [
            utf16, [0xFF, 0xFE] + utf16, [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22],
            [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22],
        ] as [[UInt8]] {
            #expect(throws: JSONFault.self) { try read(bytes) }
        }
    }

    @Test func `depth is bounded, and costs no stack`() throws {
        let shallow = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(try read(Array(shallow.utf8)).text == shallow)
        for count in [40, 60_000] {
            let deep = String(repeating: "[", count: count)
            #expect(throws: JSONFault.self) { try read(Array(deep.utf8)) }
        }
    }
}
