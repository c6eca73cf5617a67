import Store

/// A file to import from: known by its digest, read from its beginning in pieces.
package final class ImportFile {
    /// SHA-256 in hexadecimal.
    package let digest: String
    /// Line feeds; about one a row.
    package let lines: Int
    private let piece: () throws -> [UInt8]

    package init(_ path: String) throws {
        do {
            let found = try FileDigest(of: path)
            let reader = try FileReader(path)
            digest = found.sha256
            lines = found.lines
            piece = { try reader.next() }
        } catch let error as FileError where error.isMissing {
            throw Problem(.inputMissing, "no file at \(path)")
        } catch let error as FileError where error.isStream {
            throw Problem(
                .invalid, "\(path) is no regular file; save it as one, for it is read twice")
        }
    }

    fileprivate init(_ spool: SealedSpool) {
        digest = spool.sha256
        lines = spool.lines
        piece = { try spool.next() }
    }

    /// The next bytes; none at the end.
    package func next() throws -> [UInt8] { try piece() }
}

/// A file that is being sent: all of it is there before its first row is looked at. Until then it
/// lies on the disk sealed, without a name.
package final class ImportUpload {
    private let spool: SealedSpool

    package init() throws { spool = try SealedSpool() }

    package func add(_ piece: [UInt8]) throws { try spool.add(piece) }

    /// No more is added.
    package func file() throws -> ImportFile {
        try spool.finish()
        return ImportFile(spool)
    }
}
