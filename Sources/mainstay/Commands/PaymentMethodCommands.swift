import ArgumentParser
import Pledging
import Workflows

struct PaymentMethodCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payment-method",
        abstract: "Payment methods; tokens are stored, never card numbers.",
        subcommands: [
            Add.self, List.self, Show.self, Replace.self, Remove.self, Migrate.self,
        ])

    struct Add: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a payment method to a supporter.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The supporter's id.") var supporter: String
        @OptionGroup var method: MethodOptions
        @Option(help: "A pledge that it pays from now on.") var pledge: String?

        func run(_ session: Session) async throws {
            let details = try await session.previewed(method.details)
            try session.printer.show(
                await AttachPaymentMethod.run(
                    details, to: BrowseBook.id(supporter, .supporter),
                    paying: pledge.map { try BrowseBook.id($0, .linkedPledge) }, in: session.context
                ).json)
        }
    }

    struct List: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "List payment methods, oldest first.")
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            var list = session.printer.list(
                ["id", "state", "kind", "processor", "brand", "last4", "expires", "supporter_id"])
            try await BrowseBook.paymentMethods(in: session.context).each { try list.add($0.json) }
            try list.finish()
        }
    }

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Show one payment method.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The method's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await BrowseBook.paymentMethod(
                    BrowseBook.id(id, .paymentMethod), in: session.context
                ).json)
        }
    }

    struct Replace: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Replace a payment method: its pledges move to the new one, and its token is deleted.
                """)
        @ParentCommand var root: Mainstay
        @Argument(help: "The old method's id.") var id: String
        @OptionGroup var method: MethodOptions

        func run(_ session: Session) async throws {
            let details = try await session.previewed(method.details)
            try session.printer.show(
                await ReplacePaymentMethod.run(
                    BrowseBook.id(id, .paymentMethod), with: details,
                    in: session.context
                ).json)
        }
    }

    struct Remove: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a payment method and its token.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The method's id.") var id: String
        @Flag(help: "Cancel the pledges that it pays.") var cancelPledges = false
        @Option(help: "Who removes it: supporter, staff or processor.")
        var by = Cancellation.Party.supporter

        func run(_ session: Session) async throws {
            try session.printer.show(
                await RemovePaymentMethod.run(
                    BrowseBook.id(id, .paymentMethod), cancellingPledges: cancelPledges, by: by,
                    in: session.context
                ).json)
        }
    }

    struct Migrate: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Move payment methods to another processor by a file of old and new tokens; charges \
                nobody.
                """)
        @ParentCommand var root: Mainstay
        @Option(help: "The processor to move from.") var from: String
        @Option(help: "The processor to move to.") var to: String
        @Option(
            help: """
                A CSV file in UTF-8 with the columns old_token,new_token and, where they changed, \
                customer,mandate,brand,last4,expires,country.
                """)
        var map: String
        @Flag(help: "Show what would be moved, and change nothing.") var dryRun = false
        @Option(help: "Write line, column and rule of every bad row to this CSV file.")
        var errors: String?
        @Flag(
            help: """
                Give up every method that no map has listed, and ask its reader by mail for \
                another one. Use it only with the last part of the map.
                """)
        var askOthers = false
        @Option(help: "Send at most this many of those mails a day.")
        var mailsPerDay = MigratePaymentMethods.Options.standardMailsPerDay

        func validate() throws {
            if mailsPerDay < 1 { throw ValidationError("--mails-per-day must be at least 1.") }
        }

        func run(_ session: Session) async throws {
            let source = try ImportFile(map)
            let bad = try BadRows(errors, sparing: session.location.ownFiles + [map])
            let progress = session.printer.progress("rows", total: source.lines)
            defer { progress.finish() }
            let summary = try await MigratePaymentMethods.run(
                .init(
                    from: from, to: to, isDryRun: dryRun, asksOthers: askOthers,
                    mailsPerDay: mailsPerDay),
                in: session.context, reading: { try source.next() }, reporting: bad.add,
                progress: progress.show)
            try bad.finish()
            progress.finish()
            try session.printer.show(
                session.printer.isJSON
                    ? summary.json.adding(["bad_rows": bad.json]) : summary.json)
            bad.remark(session.printer)
            remark(summary, session.printer)
            try await session.warnOfMissingProcessors()
            try bad.refuse(session.printer, "run the migration with the file again")
        }

        private func remark(_ summary: MigratePaymentMethods.Summary, _ printer: Printer) {
            guard summary.unmatchedMethods > 0 else { return }
            if !askOthers {
                printer.remark(
                    "\(summary.unmatchedPledges) live pledge(s) use methods that the map does not "
                        + "list and stay unchanged; once the map is complete, --ask-others asks "
                        + "their readers for another method")
            } else if summary.bad > 0 {
                printer.remark("Nobody was asked for another method: the map has bad rows.")
            }
        }
    }
}
