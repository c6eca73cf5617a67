import ArgumentParser
import Pledging
import Workflows

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "API tokens.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create an API token; it is printed only this once.",
            discussion: "Scopes: \(APIScope.allCases.map(\.rawValue).joined(separator: ", ")).")
        @ParentCommand var root: Mainstay
        @Option(help: "The program that uses it, like website.") var name: String
        @Option(help: "Its scopes, like pledges:write,reports:read.") var scopes: String
        @Option(help: "Days until it expires.") var days = CreateToken.standardDays

        func run(_ session: Session) async throws {
            let created = try await CreateToken.run(
                name: name, scopes: scopes.split(separator: ",").map(String.init), days: days,
                in: session.context)
            try session.printer.show(created.json)
            session.printer.remark("Give the token to the program now: it is never shown again.")
        }
    }

    struct List: BookCommand {
        static let configuration = CommandConfiguration(abstract: "List tokens.")
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            var list = session.printer.list([
                "id", "name", "scopes", "expires_at", "revoked_at", "last_used_on",
            ])
            for token in try await BrowseBook.tokens(in: session.context) {
                try list.add(token.json)
            }
            try list.finish()
        }
    }

    struct Revoke: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a token.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The token's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await RevokeToken.run(BrowseBook.id(id, .token), in: session.context).json)
        }
    }
}
