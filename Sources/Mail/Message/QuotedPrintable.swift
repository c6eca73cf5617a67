/// Returns `text` in UTF-8 and quoted-printable (RFC 2045, 6.7), with every line end as CRLF.
///
/// Lines have at most 76 bytes. A soft break never splits a scalar or a CRLF. No line ends in a
/// space, or begins with "." (which SMTP doubles) or with "From " (which mbox files escape).
func quotedPrintable(_ text: String) -> String {
    var output = ""
    output.reserveCapacity(text.utf8.count * 2)
    var line = String.UnicodeScalarView()
    func finishLine() {
        append(line, to: &output)
        line = String.UnicodeScalarView()
    }
    var previousWasReturn = false
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n" where previousWasReturn: break
        case "\r", "\n":
            finishLine()
            output += "\r\n"
        default: line.append(scalar)
        }
        previousWasReturn = scalar == "\r"
    }
    finishLine()
    return output
}

private func append(_ line: String.UnicodeScalarView, to output: inout String) {
    var used = 0
    for index in line.indices {
        let isLast = line.index(after: index) == line.endIndex
        var piece = encoded(line[index], isLast: isLast)
        // One byte is reserved for the "=" of a soft break.
        if used + piece.utf8.count > maximumLineBytes - 1 {
            output += "=\r\n"
            used = 0
        }
        if used == 0 {
            if piece == "." { piece = "=2E" }
            if piece == "F", String(line[index...]).hasPrefix("From ") { piece = "=46" }
        }
        output += piece
        used += piece.utf8.count
    }
}

private func encoded(_ scalar: Unicode.Scalar, isLast: Bool) -> String {
    switch scalar {
    case "=": "=3D"
    case " ", "\t": isLast ? hexadecimal(scalar) : String(scalar)
    case "!"..."~": String(scalar)
    default: hexadecimal(scalar)
    }
}

private func hexadecimal(_ scalar: Unicode.Scalar) -> String {
    var text = ""
    for byte in String(scalar).utf8 {
        text += "="
        text += byte < 16 ? "0" : ""
        text += String(byte, radix: 16, uppercase: true)
    }
    return text
}

private let maximumLineBytes = 76
