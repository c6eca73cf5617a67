import Store

/// A file to import: its digest, and its bytes in chunks from the beginning.
package final class ImportFile {
    /// SHA-256 in hexadecimal.
    package let digest: String
    /// The number of line feeds, which is about the number of rows.
    package let lines: Int
    private let piece: () throws -> [UInt8]

    /// Reads the file once for its digest. Throws Problem: `.inputMissing` when there is no file,
    /// `.invalid` when it is not a regular file; FileError when it cannot be read.
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
                .invalid,
                "\(path) is not a regular file; the import reads it twice, so save it as a "
                    + "file first")
        }
    }

    fileprivate init(_ spool: SealedSpool) {
        digest = spool.sha256
        lines = spool.lines
        piece = { try spool.next() }
    }

    /// Returns the next chunk; empty at the end.
    package func next() throws -> [UInt8] { try piece() }
}

/// A file that is being uploaded. It is stored encrypted, in a file without a name, until it is
/// complete; only then is its first row read.
package final class ImportUpload {
    private let spool: SealedSpool

    package init() throws { spool = try SealedSpool() }

    package func add(_ piece: [UInt8]) throws { try spool.add(piece) }

    /// Ends the upload. Nothing may be added afterwards.
    package func file() throws -> ImportFile {
        try spool.finish()
        return ImportFile(spool)
    }
}
