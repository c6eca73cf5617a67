/// Why a catalogue of texts cannot be used. `file` is its name, like `en.txt`.
package enum CatalogueError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The program carries no catalogue of this name.
    case absent(file: String)
    /// `line` counts from 1.
    case malformed(file: String, line: Int, problem: String)
    /// Keys that have no text.
    case missing(file: String, keys: [String])

    package var description: String {
        switch self {
        case .absent(let file): "texts \(file): this program was built without the file"
        case .malformed(let file, let line, let problem): "texts \(file), line \(line): \(problem)"
        case .missing(let file, let keys):
            "texts \(file): there is no text for \(keys.joined(separator: ", "))"
        }
    }
}
