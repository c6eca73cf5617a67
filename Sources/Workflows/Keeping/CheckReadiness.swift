package import Pledging
import Store

/// Whether this process can take a pledge at this moment: asked often, so it is quick, and changes
/// nothing. RunDoctor says more.
package enum CheckReadiness {
    package struct Check: Sendable {
        package let name: String
        package let isSound: Bool

        package var json: JSON {
            ["name": .string(name), "is_sound": .bool(isSound)]
        }
    }

    package static func run(in context: Context) async -> [Check] {
        [
            Check(
                name: "schema",
                isSound: await holds { try await MigrateBook.checkSchema(context.book) }),
            Check(
                name: "keys",
                isSound: await holds { try await MigrateBook.checkRing(of: context.book) }),
            // An empty transaction takes the same locks as any other.
            Check(name: "database", isSound: await holds { try await context.book.write { _ in } }),
        ]
    }

    private static func holds(_ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return true
        } catch {
            return false
        }
    }
}
