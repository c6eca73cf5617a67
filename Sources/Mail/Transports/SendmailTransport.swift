import Foundation

/// Hands each mail to a program with sendmail's interface (Postfix, Exim, OpenSMTPD, msmtp …):
/// `<path> -i -f <from> -- <to>`, with the message on its standard input.
package struct SendmailTransport: MailTransport {
    private let path: String
    private let timeoutSeconds: Int

    /// `path` is run directly, without a shell or a search. After `timeoutSeconds` the program is
    /// killed.
    package init(path: String, timeoutSeconds: Int = SendmailTransport.defaultTimeoutSeconds) {
        self.path = path
        self.timeoutSeconds = timeoutSeconds
    }

    /// A local queue accepts a mail in milliseconds; a program that speaks SMTP itself may wait for
    /// its server's greeting and greylisting pauses.
    package static let defaultTimeoutSeconds = 120

    package func deliver(_ message: RenderedMail) async -> MailOutcome {
        guard isUsable(message.envelopeFrom) else {
            return .misconfigured("the envelope sender cannot be passed to sendmail")
        }
        guard isUsable(message.envelopeTo) else {
            return .refused("the envelope recipient cannot be passed to sendmail")
        }
        let run = ProgramRun(
            path: path,
            arguments: ["-i", "-f", message.envelopeFrom, "--", message.envelopeTo],
            environment: environment, input: localLineEnds(message.bytes),
            timeoutSeconds: timeoutSeconds)
        // Waiting for a program must not block one of the few threads that run all tasks.
        let result = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: run.result()) }
        }
        return outcome(of: result, message)
    }

    /// Returns whether the address can be an argument: one that begins with "-" could be read as an
    /// option, and an empty one or one with control characters is not an address.
    private func isUsable(_ address: String) -> Bool {
        !address.isEmpty && !address.hasPrefix("-") && !address.hasControlCharacters
    }

    private func outcome(of result: ProgramResult, _ message: RenderedMail) -> MailOutcome {
        switch result {
        case .exited(let code, let errorOutput, let tookAllInput):
            guard code != 0 || tookAllInput else {
                return .misconfigured("sendmail exited before it had read the whole mail")
            }
            return sendmailOutcome(
                exitCode: code,
                diagnosis: redactedDiagnosis(errorOutput, secrets: addressParts(message)))
        case .killed(let signal): return .retryLater("sendmail was killed by signal \(signal)")
        case .timedOut: return .retryLater("sendmail took longer than \(timeoutSeconds) s")
        case .notStarted(let code):
            let text = "sendmail cannot be started: \(String(cString: strerror(code)))"
            let passing = [EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY]
            return passing.contains(code) ? .retryLater(text) : .misconfigured(text)
        case .lost(let code):
            return .retryLater(
                "it is not known how sendmail ended: \(String(cString: strerror(code)))")
        }
    }

    private func addressParts(_ message: RenderedMail) -> [String] {
        [message.envelopeFrom, message.envelopeTo].flatMap { address in
            address.split(separator: "@").map(String.init)
        }
    }

    /// The variables by which sendmail programs find their settings and log names. The rest of our
    /// environment may name key files and is not passed on.
    private var environment: [String: String] {
        let passedOn: Set = ["HOME", "LANG", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"]
        return ProcessInfo.processInfo.environment.filter { passedOn.contains($0.key) }
    }
}

/// Returns the message with LF line ends: sendmail programs read local text and write SMTP's CRLF
/// themselves. Given CRLF, some send CR CR LF, and some take a header that ends in CR as part of
/// the body.
private func localLineEnds(_ bytes: [UInt8]) -> [UInt8] {
    let (carriageReturn, lineFeed) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
    var local: [UInt8] = []
    local.reserveCapacity(bytes.count)
    for (index, byte) in bytes.enumerated() {
        let isBeforeLineFeed = index + 1 < bytes.count && bytes[index + 1] == lineFeed
        if byte != carriageReturn || !isBeforeLineFeed { local.append(byte) }
    }
    return local
}
