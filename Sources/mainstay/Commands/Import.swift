import ArgumentParser
import Pledging
import Workflows

struct Import: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take over a book from CSV; charges nobody, mails nobody for what is past.")

    enum Preset: String, CaseIterable, ExpressibleByArgument { case mainstay }

    @ParentCommand var root: Mainstay
    @Argument(help: "A CSV file in UTF-8 whose first line names the columns.") var file: String
    @Option(help: "The form of the file.") var preset = Preset.mainstay
    @Flag(help: "Say what would be imported, change nothing.") var dryRun = false
    @Option(help: "Write line, column and rule of every bad row to this CSV file.")
    var errors: String?
    @Flag(help: "Leave out columns that are not known.") var ignoreUnknown = false
    @Flag(help: "Tell webhook endpoints of what comes in.") var deliverEvents = false

    func run(_ session: Session) async throws {
        let source = try ImportFile(file)
        let errorFile = try errors.map { try OutputFile($0, option: "--errors") }
        try errorFile?.write(Array("line,column,rule\r\n".utf8))
        let options = ImportBook.Options(
            isDryRun: dryRun, ignoresUnknownColumns: ignoreUnknown, fileDigest: source.digest,
            deliversEvents: deliverEvents)
        var bad: [ImportBook.BadRow] = []
        var badCount = 0
        let progress = session.printer.progress("rows", total: source.lines)
        defer { progress.finish() }
        let summary = try await ImportBook.run(
            options, in: session.context, reading: { try source.next() },
            reporting: { row in
                badCount += 1
                if bad.count < Import.shownMaximum { bad.append(row) }
                try errorFile?.write(row.csv)
            }, progress: progress.show)
        try errorFile?.finish()
        progress.finish()
        try session.printer.show(
            session.printer.isJSON
                ? summary.json.adding(["bad_rows": .array(bad.map(\.json))]) : summary.json)
        remark(summary, bad, session.printer)
        if summary.bad > 0 {
            try session.printer.flush()
            throw Finding(
                code: ExitStatus.badInput,
                line: "\(summary.bad) bad row(s) left out; mend them and import the file again")
        }
    }

    private func remark(
        _ summary: ImportBook.Summary, _ bad: [ImportBook.BadRow], _ printer: Printer
    ) {
        for row in bad { printer.remark("line \(row.line), \(row.column): \(row.rule)") }
        if summary.bad > bad.count {
            printer.remark("… and \(summary.bad - bad.count) more; --errors FILE lists them all")
        }
        if summary.movedCharges > 0 {
            printer.remark(
                "warning: \(summary.movedCharges) charge date(s) were not after today and moved to "
                    + "the next one: those were charged elsewhere")
        }
        if summary.pastReminders > 0 {
            printer.remark(
                "warning: \(summary.pastReminders) reminder(s) were for a day that is over; nobody "
                    + "is mailed for them")
        }
    }

    /// On the screen and in JSON; the file of errors has all.
    private static let shownMaximum = 100
}

extension ImportBook.BadRow {
    fileprivate var json: JSON {
        ["line": .integer(Int64(line)), "column": .string(column), "rule": .string(rule)]
    }

    fileprivate var csv: [UInt8] {
        var bytes = Array("\(line),".utf8)
        CSVCell.append(column, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        CSVCell.append(rule, to: &bytes)
        return bytes + [0x0D, 0x0A]
    }
}
