import OpenSSL
import Testing

@Suite struct ConstantTimeTests {
    @Test(
        arguments: [
            ([], [], true), ([0], [0], true), ([0], [1], false), ([], [0], false), ([0], [], false),
            ([1, 2, 3], [1, 2, 3], true), ([1, 2, 3], [1, 2, 4], false),
            ([1, 2, 3], [0, 2, 3], false),
            ([1, 2, 3], [1, 2], false), ([1, 2], [1, 2, 3], false), ([1, 2, 3], [3, 2, 1], false),
        ] as [([UInt8], [UInt8], Bool)])
    func `equal means the same bytes and the same length`(
        left: [UInt8], right: [UInt8], expected: Bool
    ) {
        #expect(constantTimeEquals(left, right) == expected)
    }

    @Test func `a difference in any one bit of a code is seen`() throws {
        let code = try randomBytes(32)
        for index in code.indices {
            for bit in 0..<8 {
                var other = code
                other[index] ^= 1 << bit
                #expect(!constantTimeEquals(code, other))
            }
        }
        #expect(constantTimeEquals(code, Array(code)))
    }
}
