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
        try bad.refuse(session.printer, "import the file again")
    }

    private func remark(_ summary: ImportBook.Summary, _ printer: Printer) {
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
}
