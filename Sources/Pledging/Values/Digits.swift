// Numbers as decimal digits, written into their final buffer without a String of their own.

/// Writes `value`, which is not negative, with `digits` decimal digits from `start` on.
func write<Number: BinaryInteger>(
    _ value: Number, digits: Int, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int
) {
    var rest = value
    for position in (start..<start + digits).reversed() {
        buffer[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
    }
}

/// Returns how many decimal digits `value` has; one for zero.
func digitCount(_ value: UInt64) -> Int {
    var count = 1
    var rest = value
    while rest > 9 {
        rest /= 10
        count += 1
    }
    return count
}

/// Returns `value` in decimal, with zeros in front up to `width` digits.
package func padded<Number: BinaryInteger>(_ value: Number, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
