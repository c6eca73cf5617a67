import Glibc
import OpenSSL
import Payments
import Pledging
import SQLiteDriver
import Store
import Workflows

/// How a failed command ends: with a code of sysexits.h or 1, and one line.
struct ExitStatus {
    static let usage: Int32 = 64
    static let failed: Int32 = 1
    static let badInput: Int32 = 65
    static let inputMissing: Int32 = 66
    static let unavailable: Int32 = 69
    static let cannotCreate: Int32 = 73
    static let inputOutput: Int32 = 74
    static let tryAgain: Int32 = 75
    static let notPermitted: Int32 = 77

    let code: Int32
    let line: String

    /// Returns nil for errors that are not ours but the parser's.
    init?(_ error: any Error) {
        switch error {
        case let problem as Problem:
            code = ExitStatus.code(problem.kind)
            line = problem.onCommandLine
            return
        case let error as DriverError: code = ExitStatus.code(error)
        case let error as SQLiteFileError: code = ExitStatus.code(error)
        case let error as KeyRingError: code = ExitStatus.code(error)
        case let error as BackupError: code = ExitStatus.code(error)
        case let error as FileError: code = ExitStatus.code(errno: error.code)
        case let error as ProcessorSetupError: code = ExitStatus.code(error)
        case let error as ProcessorUnavailable:
            code = ExitStatus.unavailable
            line =
                "the processor cannot be reached: \(error); check its key and the network, then "
                + "run this again"
            return
        case is StaleVersion: code = ExitStatus.tryAgain
        case let error as Finding:
            code = error.code
            line = error.line
            return
        case is SealError, is RowError, is CryptoError, is CatalogueError: code = ExitStatus.failed
        default: return nil
        }
        line = "\(error)"
    }

    private static func code(_ kind: Problem.Kind) -> Int32 {
        switch kind {
        case .invalid, .notFound: badInput
        case .conflict: failed
        case .notPermitted: notPermitted
        case .unavailable: unavailable
        case .cannotCreate: cannotCreate
        case .inputMissing: inputMissing
        case .inputOutput: inputOutput
        }
    }

    private static func code(_ error: DriverError) -> Int32 {
        switch error {
        case .busy: tryAgain
        case .diskFull, .inputOutput: inputOutput
        case .readOnly: notPermitted
        case .notADatabase: badInput
        case .constraint, .other: failed
        }
    }

    private static func code(_ error: SQLiteFileError) -> Int32 {
        switch error {
        case .missing: inputMissing
        case .notSQLite, .otherApplication: badInput
        case .otherBook: notPermitted
        case .unreadable(_, let errno): code(errno: errno)
        }
    }

    private static func code(_ error: KeyRingError) -> Int32 {
        switch error {
        case .missing: inputMissing
        case .exists: cannotCreate
        case .damaged, .incomplete: badInput
        case .passphraseNeeded, .passphraseWrong, .wrongBook, .lacksKey, .destroyed: notPermitted
        case .full: failed
        }
    }

    private static func code(_ error: BackupError) -> Int32 {
        switch error {
        case .notABackup, .damaged, .passphraseUnused: badInput
        case .otherRing, .passphraseNeeded, .passphraseWrong: notPermitted
        }
    }

    private static func code(_ error: ProcessorSetupError) -> Int32 {
        switch error {
        case .setting: badInput
        case .file(ENOENT, _): cannotCreate
        case .file(let errno, _): code(errno: errno)
        }
    }

    private static func code(errno: Int32) -> Int32 {
        switch errno {
        case ENOENT, ENOTDIR: inputMissing
        case EACCES, EPERM, EROFS: notPermitted
        case EEXIST: cannotCreate
        case EISDIR, EFBIG: badInput
        default: inputOutput
        }
    }
}

/// Thrown by a command that did its work and found something wrong: its results are printed, and
/// its exit code reports it.
struct Finding: Error {
    let code: Int32
    let line: String
}

/// One line on standard error.
func complain(_ line: String) {
    tellUser("error: \(line)\n")
}
