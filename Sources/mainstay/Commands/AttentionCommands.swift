import ArgumentParser
import Pledging
import Workflows

struct AttentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attention", abstract: "What needs a person of the newsroom.",
        subcommands: [List.self, Show.self, Resolve.self])

    struct List: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what is open, oldest first, each with the command that mends it.")
        @ParentCommand var root: Mainstay
        @Flag(help: "Also list what was resolved.") var all = false

        func run(_ session: Session) async throws {
            var list = session.printer.list([
                "id", "kind", "subject", "detail", "first_seen_at", "times_seen", "what", "cure",
                "resolved_at",
            ])
            try await BrowseBook.attentions(onlyOpen: !all, in: session.context).each {
                try list.add($0.json)
            }
            try list.finish()
        }
    }

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Show one attention.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The attention's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await BrowseBook.attention(
                    BrowseBook.id(id, .attention), in: session.context
                ).json)
        }
    }

    struct Resolve: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Mark an attention as dealt with.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The attention's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await ResolveAttention.run(
                    BrowseBook.id(id, .attention), in: session.context
                ).json)
        }
    }
}
