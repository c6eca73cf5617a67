import Foundation
import Glibc
package import OpenSSL
import Pledging

/// A backup: a book in one encrypted file, to be kept elsewhere.
///
///     mainstay backup 1\n
///     {"book":…,"chunk_size":1048576,"created_at":…,"key":…,"key_check":…,"nonce_prefix":…,
///      "schema":…}\n                                      on one line
///     chunk, chunk, … last chunk
///
/// `key` is `{"kind":"ring","id":N}`, or `{"kind":"passphrase","log_n":15,"r":8,"p":1,"salt":…}`
/// for scrypt; bytes are in base64. The ring's key is derived from its seal key N for backups
/// alone. `key_check` is the tag of an empty text: it tells a wrong key from a damaged file.
///
/// A chunk is 1 MiB of plain text, sealed by AES-256-GCM, and its 16-byte tag; the last one is
/// shorter and may be empty. Its nonce is `nonce_prefix` (7 bytes), its number from 0 (4 bytes,
/// big-endian), and 1 for the last chunk, 0 for all others. The associated data are the SHA-256 of
/// both lines above, line feeds included. So nothing can be cut off, moved or added unnoticed.
///
/// The plain text is the SQLite file, a manifest in JSON (`sha256` and `bytes` of the SQLite file,
/// `created_at`, and `rows` of each main table), and the manifest's length (4 bytes, big-endian).
///
/// It is read and written in one pass, with a few chunks in memory.
package enum BackupFile {
    static let magic = Array("mainstay backup 1\n".utf8)
    static let chunkBytes = 1 << 20
    /// The header is a few hundred bytes.
    private static let headerMaximumBytes = 4_096

    // MARK: Writing

    /// Writes the SQLite file at `database`, which nobody may change meanwhile, into a new backup
    /// at `path`, whole or not at all; durable when it returns. `progress` receives MiB done and
    /// MiB in all. Throws FileError, with EEXIST when the path is taken, and SealError.unknownKey
    /// when the ring lacks the key.
    package static func create(
        _ path: String, of database: String, _ content: BackupContent, with keys: BackupKeys,
        random: RandomSource, progress: (Int, Int) -> Void
    ) throws -> BackupFacts {
        let temporary = "\(path).\(getpid()).tmp"
        let output = try FileWriter(temporary)
        defer { unlink(temporary) }
        let (header, cipher) = try BackupHeader.make(content, keys, random)
        let head = try header.bytes()
        try output.add(head[...])
        var sealer = ChunkSealer(
            cipher, ChunkNonce(prefix: Array(header.noncePrefix)),
            associatedData: try sha256(head))

        let total = try fileLength(database) >> 20
        let input = try FileReader(database)
        var hasher = try SHA256Hasher()
        var bytes = 0
        while true {
            let piece = try input.next()
            if piece.isEmpty { break }
            try piece.withUnsafeBytes { try hasher.update($0) }
            bytes += piece.count
            try sealer.add(piece[...], output.add)
            progress(bytes >> 20, total)
        }
        let facts = BackupFacts(
            book: keys.ring.bookID, content: content, bytes: bytes,
            sha256: hexadecimal(try hasher.finish()))
        try sealer.add(BackupManifest(facts).encoded()[...], output.add)
        try sealer.finish(output.add)
        try output.synchronize()
        try moveIntoPlace(temporary, path)
        return facts
    }

    // MARK: Reading

    /// Decrypts the backup at `path` into the file `database`, which it empties first; durable when
    /// it returns. Then every byte is what was backed up; after an error the caller removes the
    /// file. `progress` receives MiB done and MiB in all. Throws BackupError when the backup does
    /// not open or is damaged, and FileError when a file cannot be read or written.
    package static func open(
        _ path: String, into database: String, with keys: BackupKeys,
        progress: (Int, Int) -> Void
    ) throws -> BackupFacts {
        var input = try portions(of: path)
        let (header, head) = try readHeader(&input, path)
        let cipher = try header.cipher(keys, path)
        let opener = ChunkOpener(
            cipher, ChunkNonce(prefix: Array(header.noncePrefix)),
            associatedData: try sha256(head))
        var content = BackupPlainText(path, input, opener)
        let total = try fileLength(path) >> 20
        let output = try FileWriter(database)
        var hasher = try SHA256Hasher()
        var bytes = 0
        while let part = try content.next() {
            try part.withUnsafeBytes { try hasher.update($0) }
            try output.add(part)
            bytes += part.count
            progress(bytes >> 20, total)
        }
        try output.synchronize()
        let digest = hexadecimal(try hasher.finish())
        guard let manifest = BackupManifest(parsing: content.manifest), manifest.bytes == bytes,
            manifest.sha256 == digest, manifest.createdAt == header.createdAt,
            let createdAt = Instant(rfc3339: header.createdAt)
        else { throw BackupError.damaged(path) }
        return BackupFacts(
            book: keys.ring.bookID,
            content: BackupContent(
                createdAt: createdAt, schema: header.schema, rows: manifest.counts),
            bytes: bytes, sha256: digest)
    }

    private static func portions(of path: String) throws -> PortionReader {
        do {
            return PortionReader(try FileReader(path))
        } catch {
            guard error.isStream else { throw error }
            throw BackupError.notABackup(path)
        }
    }

    /// Returns the header, and all bytes before the first chunk.
    private static func readHeader(
        _ input: inout PortionReader, _ path: String
    ) throws -> (header: BackupHeader, bytes: [UInt8]) {
        guard try input.take(magic.count) == magic else { throw BackupError.notABackup(path) }
        guard let line = try input.takeLine(maximumBytes: headerMaximumBytes),
            let header = BackupHeader(parsing: line)
        else { throw BackupError.damaged(path) }
        return (header, magic + line)
    }

    private static func sha256(_ bytes: [UInt8]) throws -> [UInt8] {
        var hasher = try SHA256Hasher()
        try bytes.withUnsafeBytes { try hasher.update($0) }
        return try hasher.finish()
    }
}
