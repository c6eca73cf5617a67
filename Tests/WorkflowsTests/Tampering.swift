import TestSupport
import Testing

extension TestBook {
    /// Changes the file without our program: Python's own SQLite runs the statements.
    func tamper(
        _ statements: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let script = """
            import sqlite3, sys
            connection = sqlite3.connect(sys.argv[1], timeout=30)
            connection.executescript(sys.argv[2])
            connection.commit()
            """
        let python = try ChildProcess([pythonPath, "-c", script, path, statements])
        try #require(python.wait() == 0, sourceLocation: sourceLocation)
    }
}
