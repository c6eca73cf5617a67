/// One record of a CSV file, or why it could not be read.
struct CSVRecord {
    enum Content {
        case fields([ArraySlice<UInt8>])
        case malformed(String)
    }

    /// The line on which the record begins, counted from 1.
    let line: Int
    let content: Content
}

/// Reads CSV (RFC 4180) from chunks of bytes. Lines may end with CRLF, LF or CR. Memory use does
/// not grow with the file. A record that is too long, or whose quote never closes, is reported with
/// its line, and reading goes on at the next line.
struct CSVReader {
    private let nextPiece: () throws -> [UInt8]
    private var window: [UInt8] = []
    private var position = 0
    private var line = 1
    private var isAtEnd = false
    private var hasBegun = false

    init(_ nextPiece: @escaping () throws -> [UInt8]) { self.nextPiece = nextPiece }

    /// The longest record; anything longer is an error in the file.
    static let recordMaximumBytes = 1 << 16

    /// Returns the next record that is not an empty line; nil at the end. Throws Problem `.invalid`
    /// for a file in UTF-16, and what reading a chunk throws.
    mutating func next() throws -> CSVRecord? {
        if !hasBegun { try begin() }
        while true {
            guard try fill(1) else { return nil }
            let start = line
            switch scan() {
            case .record(_, let end) where isTooLong(end),
                .malformed(_, let end) where isTooLong(end):
                try skipLine()
                return CSVRecord(line: start, content: .malformed(CSVReader.tooLong))
            case .record(let fields, let end):
                advance(to: end)
                if fields.count == 1, fields[0].isEmpty { continue }
                return CSVRecord(line: start, content: .fields(fields))
            case .malformed(let reason, let end):
                advance(to: end)
                return CSVRecord(line: start, content: .malformed(reason))
            case .needsMore:
                if try readMore() { continue }
                let reason =
                    isTooLong(window.count) ? CSVReader.tooLong : "a quote is not closed"
                try skipLine()
                return CSVRecord(line: start, content: .malformed(reason))
            }
        }
    }

    private static let tooLong =
        "longer than \(recordMaximumBytes) bytes, or a quote is not closed"

    /// Checked for every record, so that the result does not depend on how the file is cut into
    /// chunks.
    private func isTooLong(_ end: Int) -> Bool {
        end - position > CSVReader.recordMaximumBytes
    }

    private mutating func begin() throws {
        hasBegun = true
        _ = try fill(3)
        if window.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        if window.starts(with: [0xFF, 0xFE]) || window.starts(with: [0xFE, 0xFF]) {
            throw Problem(.invalid, "the file is in UTF-16; save it as UTF-8")
        }
    }

    /// Reads until `count` bytes are available. Returns false when the file ends before.
    private mutating func fill(_ count: Int) throws -> Bool {
        while window.count - position < count {
            guard !isAtEnd else { return false }
            try append()
        }
        return true
    }

    /// Reads one more chunk. Returns false when the record is too long already or the file has
    /// ended.
    private mutating func readMore() throws -> Bool {
        guard !isAtEnd, !isTooLong(window.count) else { return false }
        try append()
        return true
    }

    private mutating func append() throws {
        window.removeFirst(position)
        position = 0
        let piece = try nextPiece()
        if piece.isEmpty { isAtEnd = true }
        window += piece
    }

    private mutating func advance(to end: Int) {
        while position < end, let next = endOfLine(from: position), next <= end {
            line += 1
            position = next
        }
        position = end
    }

    /// Moves on to the byte after the next line end, however far away that is.
    private mutating func skipLine() throws {
        while true {
            if let end = endOfLine(from: position) { return advance(to: end) }
            // A carriage return at the end of a chunk may be followed by its line feed in the next
            // one.
            let isHalf = position < window.count && window.last == 0x0D
            position = isHalf ? window.count - 1 : window.count
            guard !isAtEnd else { return }
            try append()
        }
    }

    /// Returns the index after the next line end (CRLF, LF or CR); nil when the line end is not
    /// read completely yet.
    private func endOfLine(from start: Int) -> Int? {
        var index = start
        while index < window.count, window[index] != 0x0A, window[index] != 0x0D { index += 1 }
        guard index < window.count else { return nil }
        if window[index] == 0x0A { return index + 1 }
        guard index + 1 < window.count || isAtEnd else { return nil }
        return index + 1 < window.count && window[index + 1] == 0x0A ? index + 2 : index + 1
    }

    private enum Scan {
        case record([ArraySlice<UInt8>], end: Int)
        case malformed(String, end: Int)
        case needsMore
    }

    /// Scans one record from `position`. The last record of the file may lack its line end.
    private func scan() -> Scan {
        var fields: [ArraySlice<UInt8>] = []
        fields.reserveCapacity(24)
        var index = position
        while true {
            let field: ArraySlice<UInt8>
            if index < window.count, window[index] == UInt8(ascii: "\"") {
                guard let (content, after) = quoted(from: index + 1) else { return .needsMore }
                field = content
                index = after
            } else {
                let begin = index
                while index < window.count, !isDelimiter(window[index]) { index += 1 }
                field = window[begin..<index]
            }
            if index == window.count {
                guard isAtEnd else { return .needsMore }
                fields.append(field)
                return .record(fields, end: index)
            }
            switch window[index] {
            case UInt8(ascii: ","):
                fields.append(field)
                index += 1
            case 0x0A, 0x0D:
                guard let end = endOfLine(from: index) else { return .needsMore }
                fields.append(field)
                return .record(fields, end: end)
            default:
                let end = endOfLine(from: index)
                if end == nil && !isAtEnd { return .needsMore }
                return .malformed("text after a closing quote", end: end ?? window.count)
            }
        }
    }

    /// Returns the content of a quoted field and the index after its closing quote; nil when the
    /// field is not read completely yet.
    private func quoted(from start: Int) -> (ArraySlice<UInt8>, after: Int)? {
        let quote = UInt8(ascii: "\"")
        var index = start
        var unescaped: [UInt8]?
        var copied = start
        while index < window.count {
            guard window[index] == quote else {
                index += 1
                continue
            }
            // Whether another quote follows is known only when the next byte has been read.
            guard index + 1 < window.count || isAtEnd else { return nil }
            guard index + 1 < window.count, window[index + 1] == quote else {
                if var text = unescaped {
                    text += window[copied..<index]
                    return (text[...], index + 1)
                }
                return (window[start..<index], index + 1)
            }
            unescaped = (unescaped ?? []) + window[copied...index]
            index += 2
            copied = index
        }
        return nil
    }

    private func isDelimiter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D
    }
}
