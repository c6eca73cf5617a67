import Pledging

/// How a report is written. CSV follows RFC 4180 with CRLF, in UTF-8.
package enum ReportFormat: String, CaseIterable, Sendable {
    case csv, json, jsonl

    func begin(_ columns: [String], _ bytes: inout [UInt8]) {
        switch self {
        case .csv:
            bytes.append(contentsOf: columns.joined(separator: ",").utf8)
            bytes.append(contentsOf: crlf)
        case .json: bytes.append(UInt8(ascii: "["))
        case .jsonl: break
        }
    }

    func end(_ bytes: inout [UInt8]) {
        if self == .json { bytes.append(contentsOf: "]\n".utf8) }
    }

    /// Appends a row. `amounts` are the columns that hold amounts, which may be negative.
    func append(
        _ cells: [String?], of columns: [String], amounts: Set<String>, isFirst: Bool,
        to bytes: inout [UInt8]
    ) {
        switch self {
        case .csv:
            for (index, (column, cell)) in zip(columns, cells).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                guard let cell else { continue }
                if !amounts.isEmpty, amounts.contains(column) {
                    bytes.append(contentsOf: cell.utf8)
                } else {
                    CSVCell.append(cell, to: &bytes)
                }
            }
            bytes.append(contentsOf: crlf)
        case .json, .jsonl:
            if self == .json, !isFirst { bytes.append(contentsOf: ",\n".utf8) }
            let members = zip(columns, cells).map {
                JSON.Member(name: $0, value: $1.map { .string($0) } ?? .null)
            }
            bytes.append(contentsOf: JSON.object(members).text.utf8)
            if self == .jsonl { bytes.append(UInt8(ascii: "\n")) }
        }
    }

    private var crlf: [UInt8] { ReportFormat.crlf }
    private static let crlf: [UInt8] = [0x0D, 0x0A]
}

/// One cell of a CSV file.
package enum CSVCell {
    /// Appends a cell, quoted if RFC 4180 asks for it. A cell that a spreadsheet would run as a
    /// formula gets an apostrophe in front (OWASP, "CSV Injection").
    package static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { cell in
            guard !cell.isEmpty else { return }
            let isFormula = startsFormula(cell)
            var mustQuote = false
            for byte in cell
            where byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 0x0A
                || byte == 0x0D
            {
                mustQuote = true
                break
            }
            if mustQuote { bytes.append(UInt8(ascii: "\"")) }
            if isFormula { bytes.append(UInt8(ascii: "'")) }
            if mustQuote {
                for byte in cell {
                    if byte == UInt8(ascii: "\"") { bytes.append(byte) }
                    bytes.append(byte)
                }
                bytes.append(UInt8(ascii: "\""))
            } else {
                bytes.append(contentsOf: cell)
            }
        }
    }

    private static func startsFormula(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
        switch cell[0] {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09,
            0x0D, 0x0A:
            true
        // ＝ ＋ － ＠: some spreadsheets treat the full-width forms as the plain ones.
        case 0xEF: cell.count > 2 && cell[1] == 0xBC && [0x9D, 0x8B, 0x8D, 0xA0].contains(cell[2])
        default: false
        }
    }
}
