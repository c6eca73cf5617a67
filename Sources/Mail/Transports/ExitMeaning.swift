/// Returns what an exit code of a sendmail program means, by `sysexits.h`; 127 is the shell's "not
/// found".
func sendmailOutcome(exitCode: Int32, diagnosis: String) -> MailOutcome {
    let name = exitNames[exitCode].map { " (\($0))" } ?? ""
    let said = diagnosis.isEmpty ? "" : ": \(diagnosis)"
    let text = "sendmail exited with \(exitCode)\(name)\(said)"
    switch exitCode {
    case 0: return .accepted
    case 65, 67, 68: return .refused(text)
    case 64, 72, 73, 77, 78, 126, 127: return .misconfigured(text)
    // This includes the plain 1 of a wrapper script: losing a mail is worse than sending it again.
    default: return .retryLater(text)
    }
}

private let exitNames: [Int32: String] = [
    64: "wrong usage", 65: "bad data", 66: "no input", 67: "no such user", 68: "no such host",
    69: "unavailable", 70: "internal error", 71: "system error", 72: "system file missing",
    73: "cannot create output", 74: "I/O error", 75: "try again", 76: "protocol error",
    77: "not permitted", 78: "configuration error", 127: "command not found",
]

/// Returns the first line that the program wrote to its standard error, at most 200 characters,
/// without anything that could be an address: words with an "@", and any of `secrets`.
func redactedDiagnosis(_ bytes: [UInt8], secrets: [String]) -> String {
    let line =
        String(decoding: bytes, as: UTF8.self)
        .split(whereSeparator: { $0.unicodeScalars.contains(where: \.isLineBreak) }).first ?? ""
    let hidden = secrets.map { $0.lowercased() }.filter { !$0.isEmpty }
    let words = line.split(whereSeparator: \.isWhitespace).map { word -> String in
        let lowercased = word.lowercased()
        let isHidden = word.contains("@") || hidden.contains { lowercased.contains($0) }
        guard !isHidden else { return "(address)" }
        return String(String.UnicodeScalarView(word.unicodeScalars.filter { !$0.isControl }))
    }
    return String(words.joined(separator: " ").prefix(200))
}
