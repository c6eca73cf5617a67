import Store

/// A file to import from: known by its digest, read from its beginning in pieces.
package final class ImportFile {
    /// SHA-256 in hexadecimal.
    package let digest: String
    /// Line feeds; about one a row.
    package let lines: Int
    private let reader: FileReader

    package init(_ path: String) throws {
        do {
            let found = try FileDigest(of: path)
            digest = found.sha256
            lines = found.lines
            reader = try FileReader(path)
        } catch let error as FileError where error.isMissing {
            throw Problem(.inputMissing, "no file at \(path)")
        } catch let error as FileError where error.isStream {
            throw Problem(
                .invalid, "\(path) is no regular file; save it as one, for it is read twice")
        }
    }

    /// The next bytes; none at the end.
    package func next() throws -> [UInt8] { try reader.next() }
}
