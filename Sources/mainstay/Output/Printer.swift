import Foundation
import Glibc
import Pledging
import Store
import Synchronization

/// Prints results: JSON for programs, aligned text for people. Remarks go to standard error.
final class Printer: Sendable {
    let isJSON: Bool
    private let isQuiet: Bool
    private let output = OutputStream(descriptor: 1)

    init(_ root: Mainstay) {
        isJSON = root.json
        isQuiet = root.quiet
    }

    /// Prints one value: as JSON, or its members below each other.
    func show(_ value: JSON, title: String? = nil) throws {
        if isJSON { return try output.write(value.text + "\n") }
        if let title { try output.write(title + "\n") }
        try output.write(Table.members(of: value, indent: title == nil ? "" : "  "))
    }

    /// Prints an answer: for programs its stored text unchanged, for people `value`.
    func show(answer json: String, _ value: JSON) throws {
        if isJSON { try output.write(json + "\n") } else { try show(value) }
    }

    /// Returns a printer of a list: JSON Lines, or a table of these columns.
    func list(_ columns: [String]) -> ListPrinter {
        ListPrinter(isJSON: isJSON, columns: columns, output: output)
    }

    /// Returns a printer of a table whatever the form asked for, for rows that are cells already.
    func table(_ columns: [String]) -> ListPrinter {
        ListPrinter(isJSON: false, columns: columns, output: output)
    }

    /// Prints what was done, for people; programs read the result.
    func remark(_ text: String) {
        if !isQuiet { tellUser(text + "\n") }
    }

    func progress(_ noun: String, total: Int? = nil) -> Progress {
        Progress(noun, total: total, isOn: !isQuiet)
    }

    func write(_ text: String) throws { try output.write(text) }

    func write(_ bytes: [UInt8]) throws { try output.write(bytes) }

    func flush() throws { try output.flush() }

    func finish() throws { try output.flush() }
}

/// Writes to a descriptor through a buffer. A failed write throws FileError.
final class OutputStream: Sendable {
    private let descriptor: Int32
    private let buffer = Mutex<[UInt8]>([])

    init(descriptor: Int32) { self.descriptor = descriptor }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) throws {
        let isFull = buffer.withLock { buffer in
            buffer.append(contentsOf: bytes)
            return buffer.count >= OutputStream.bufferBytes
        }
        if isFull { try flush() }
    }

    func flush() throws {
        try buffer.withLock { buffer in
            let failure = writeAll(buffer[...], to: descriptor)
            guard failure == 0 else { throw FileError(path: "output", code: failure) }
            buffer.removeAll(keepingCapacity: true)
        }
    }

    private static let bufferBytes = 1 << 16
}
