import Glibc

/// What the first 100 bytes of a file say, read before SQLite opens (and so may change) anything.
///
/// Source: SQLite database file format, section 1.3, "The Database Header".
package enum SQLiteFile {
    /// "Msty": what `file` and SQLite itself call a file of ours.
    static let applicationID: UInt32 = 0x4D73_7479

    /// Checks that `path` is a book made with the key ring of this tag.
    package static func check(_ path: String, bookTag: UInt32) throws(SQLiteFileError) {
        guard let found = try SQLiteFile.bookTag(of: path) else { throw .missing(path) }
        guard found == bookTag else { throw .otherBook(path) }
    }

    /// Which book stands in the file; nil when there is no file.
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

/// Why a file is no book to open. Nothing was opened, nothing was changed.
package enum SQLiteFileError: Error, Equatable, CustomStringConvertible {
    case missing(String)
    case notSQLite(String)
    case otherApplication(String)
    case otherBook(String)
    case unreadable(String, code: Int32)

    package var description: String {
        switch self {
        case .missing(let path): "no database at \(path); create one with 'mainstay init'"
        case .notSQLite(let path): "\(path) is no SQLite database; nothing in it was touched"
        case .otherApplication(let path):
            "\(path) is a database of another program; nothing in it was touched"
        case .otherBook(let path): "\(path) was made with another key ring than the one given"
        case .unreadable(let path, let code):
            "\(path) cannot be read: \(String(cString: strerror(code)))"
        }
    }
}
