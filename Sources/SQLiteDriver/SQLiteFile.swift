import Glibc

/// Reads the first 100 bytes of a file before SQLite opens it, because SQLite may change the file.
///
/// Source: SQLite database file format, section 1.3, "The Database Header".
package enum SQLiteFile {
    /// "Msty": the application id that `file` and SQLite show for a book.
    static let applicationID: UInt32 = 0x4D73_7479

    /// Checks that `path` is a book made with the key ring of this tag. Throws `missing` when there
    /// is no file, `otherBook` when the tag differs, and what `bookTag(of:)` throws.
    package static func check(_ path: String, bookTag: UInt32) throws(SQLiteFileError) {
        guard let found = try SQLiteFile.bookTag(of: path) else { throw .missing(path) }
        guard found == bookTag else { throw .otherBook(path) }
    }

    /// Returns the tag of the book in the file; nil when there is no file. Throws `unreadable` when
    /// the file cannot be read, `notSQLite` or `otherApplication` when it is not a book.
    package static func bookTag(of path: String) throws(SQLiteFileError) -> UInt32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .unreadable(path, code: errno)
        }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: headerLength)
        let count = read(descriptor, &header, headerLength)
        guard count >= 0 else { throw .unreadable(path, code: errno) }
        guard count == headerLength, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw .notSQLite(path)
        }
        guard integer(header, at: 68) == applicationID else { throw .otherApplication(path) }
        return integer(header, at: 60)
    }

    private static let headerLength = 100

    private static func integer(_ header: [UInt8], at offset: Int) -> UInt32 {
        header[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// Why a file cannot be opened as a book. The file was not opened by SQLite and not changed.
package enum SQLiteFileError: Error, Equatable, CustomStringConvertible {
    case missing(String)
    case notSQLite(String)
    case otherApplication(String)
    case otherBook(String)
    case unreadable(String, code: Int32)

    package var description: String {
        switch self {
        case .missing(let path):
            "there is no database at \(path); create one with 'mainstay init'"
        case .notSQLite(let path): "\(path) is not an SQLite database; it was not changed"
        case .otherApplication(let path):
            "\(path) is a database of another program; it was not changed"
        case .otherBook(let path): "\(path) was made with another key ring than the one given"
        case .unreadable(let path, let code):
            "\(path) cannot be read: \(String(cString: strerror(code)))"
        }
    }
}
