import ArgumentParser
import Pledging
import Workflows

struct PaymentMethodCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payment-method", abstract: "Stored means of payment: tokens, never cards.",
        subcommands: [Add.self, List.self, Show.self, Replace.self, Remove.self])

    struct Add: BookCommand {
        static let configuration = CommandConfiguration(abstract: "A further method.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The supporter's id.") var supporter: String
        @OptionGroup var method: MethodOptions
        @Option(help: "A pledge that pays by it from now on.") var pledge: String?

        func run(_ session: Session) async throws {
            try session.printer.show(
                await AttachPaymentMethod.run(
                    method.details, to: BrowseBook.id(supporter, "supporter"),
                    paying: pledge.map { try BrowseBook.id($0, "pledge") }, in: session.context
                ).json)
        }
    }

    struct List: BookCommand {
        static let configuration = CommandConfiguration(abstract: "All, oldest first.")
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            var list = session.printer.list(
                ["id", "state", "kind", "processor", "brand", "last4", "expires", "supporter_id"])
            try await BrowseBook.paymentMethods(in: session.context) { try list.add($0.json) }
            try list.finish()
        }
    }

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(abstract: "One method.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The method's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await BrowseBook.paymentMethod(
                    BrowseBook.id(id, "payment method"), in: session.context
                ).json)
        }
    }

    struct Replace: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "A new method takes its place; its pledges move, its token is dropped.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The old method's id.") var id: String
        @OptionGroup var method: MethodOptions

        func run(_ session: Session) async throws {
            try session.printer.show(
                await ReplacePaymentMethod.run(
                    BrowseBook.id(id, "payment method"), with: method.details,
                    in: session.context
                ).json)
        }
    }

    struct Remove: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a method and its token.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The method's id.") var id: String
        @Flag(help: "Cancel the pledges that pay by it.") var cancelPledges = false
        @Option(help: "Who ends it: supporter, staff or processor.")
        var by = Cancellation.Party.supporter

        func run(_ session: Session) async throws {
            try session.printer.show(
                await RemovePaymentMethod.run(
                    BrowseBook.id(id, "payment method"), cancellingPledges: cancelPledges, by: by,
                    in: session.context
                ).json)
        }
    }
}
