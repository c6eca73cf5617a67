import ArgumentParser
import Pledging
import Workflows

struct Import: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Import a book from CSV; charges nobody, and mails nobody about past reminders.
            """)

    enum Preset: String, CaseIterable, ExpressibleByArgument { case mainstay }

    @ParentCommand var root: Mainstay
    @Argument(help: "A CSV file in UTF-8 whose first line names the columns.") var file: String
    @Option(help: "The format of the file.") var preset = Preset.mainstay
    @Flag(help: "Show what would be imported, and change nothing.") var dryRun = false
    @Option(help: "Write line, column and rule of every bad row to this CSV file.")
    var errors: String?
    @Flag(help: "Ignore unknown columns instead of refusing the file.") var ignoreUnknown = false
    @Flag(help: "Send events about what is imported to webhook endpoints.")
    var deliverEvents = false

    func run(_ session: Session) async throws {
        let source = try ImportFile(file)
        let bad = try BadRows(errors, sparing: session.location.ownFiles + [file])
        let options = ImportBook.Options(
            isDryRun: dryRun, ignoresUnknownColumns: ignoreUnknown, fileDigest: source.digest,
            deliversEvents: deliverEvents)
        let progress = session.printer.progress("rows", total: source.lines)
        defer { progress.finish() }
        let summary = try await ImportBook.run(
            options, in: session.context, reading: { try source.next() }, reporting: bad.add,
            progress: progress.show)
        try bad.finish()
        progress.finish()
        try session.printer.show(
            session.printer.isJSON
                ? summary.json.adding(["bad_rows": bad.json]) : summary.json)
        bad.remark(session.printer)
        remark(summary, session.printer)
        try await session.warnOfMissingProcessors()
        try bad.refuse(session.printer, "import the file again")
    }

    private func remark(_ summary: ImportBook.Summary, _ printer: Printer) {
        if summary.movedCharges > 0 {
            printer.remark(
                "warning: \(summary.movedCharges) charge date(s) were today or earlier and moved "
                    + "to the next date; the earlier ones count as charged elsewhere")
        }
        if summary.pastReminders > 0 {
            printer.remark(
                "warning: \(summary.pastReminders) reminder(s) were for a past day; no mail is "
                    + "sent for them")
        }
    }
}
