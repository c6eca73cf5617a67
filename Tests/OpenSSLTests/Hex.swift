/// Returns the bytes of hexadecimal `text`. Traps on anything else, because tests pass literals.
func hex(_ text: String) -> [UInt8] {
    let digits = Array(text)
    precondition(digits.count % 2 == 0, "an odd number of hexadecimal digits")
    return stride(from: 0, to: digits.count, by: 2).map { index in
        guard let byte = UInt8(String(digits[index...index + 1]), radix: 16) else {
            preconditionFailure("not hexadecimal: \(digits[index...index + 1])")
        }
        return byte
    }
}

extension [UInt8] {
    /// The ASCII bytes of `text`.
    init(ascii text: String) { self = Array(text.utf8) }
}
