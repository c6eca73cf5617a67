/// Reads a file in portions of the length asked for.
struct PortionReader {
    private let reader: FileReader
    private var waiting: [UInt8] = []
    private var isAtEnd = false

    init(_ reader: FileReader) { self.reader = reader }

    /// Returns the next `count` bytes; fewer at the end of the file.
    mutating func take(_ count: Int) throws(FileError) -> [UInt8] {
        try fill(count)
        let taken = Array(waiting.prefix(count))
        waiting.removeFirst(taken.count)
        return taken
    }

    /// Returns the next bytes through a line feed; nil when none is among the next `maximumBytes`.
    mutating func takeLine(maximumBytes: Int) throws(FileError) -> [UInt8]? {
        try fill(maximumBytes)
        guard let end = waiting.prefix(maximumBytes).firstIndex(of: 0x0A) else { return nil }
        return try take(end + 1)
    }

    private mutating func fill(_ count: Int) throws(FileError) {
        while waiting.count < count, !isAtEnd {
            let piece = try reader.next()
            isAtEnd = piece.isEmpty
            waiting += piece
        }
    }
}

/// The plain text of a backup. It is returned one chunk late, because only its end shows where the
/// database ends.
struct BackupPlainText {
    /// The manifest, once `next` has returned nil.
    private(set) var manifest: [UInt8] = []
    private let path: String
    private var input: PortionReader
    private var opener: ChunkOpener
    private var held: [UInt8] = []

    init(_ path: String, _ input: PortionReader, _ opener: ChunkOpener) {
        self.path = path
        self.input = input
        self.opener = opener
    }

    /// Returns more bytes of the database; nil after the last. Throws `damaged` when the next chunk
    /// is not the one that was written at its place.
    mutating func next() throws -> ArraySlice<UInt8>? {
        while !opener.isFinished {
            guard let plain = try opener.open(try input.take(ChunkOpener.sealedBytes)) else {
                throw BackupError.damaged(path)
            }
            if opener.isFinished {
                let tail = held + plain
                guard let range = BackupManifest.range(in: tail) else {
                    throw BackupError.damaged(path)
                }
                manifest = Array(tail[range])
                return tail[..<range.lowerBound]
            }
            let former = held
            held = plain
            if !former.isEmpty { return former[...] }
        }
        return nil
    }
}
