import Pledging
import Testing

@Suite struct HexadecimalTests {
    @Test func `every byte is written in two digits and read back`() {
        let all = (0...255).map { UInt8($0) }
        let text = hexadecimal(all)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff") && text.utf8.count == 512)
        #expect(bytes(hexadecimal: text) == all)
        #expect(bytes(hexadecimal: text.uppercased()) == all)
        #expect(hexadecimal([]).isEmpty && bytes(hexadecimal: "") == [])
    }

    @Test(arguments: ["0", "000", "0g", " 00", "0x00", "+1", "００", "é0"])
    func `a text that is not hexadecimal is not read`(text: String) {
        #expect(bytes(hexadecimal: text) == nil)
    }
}
