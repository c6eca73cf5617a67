package import Pledging
import Store

/// Checks whether this process can take a pledge at this moment. It is called often, so it is
/// quick, and it changes nothing. RunDoctor checks more.
package enum CheckReadiness {
    package struct Check: Sendable {
        package let name: String
        package let isSound: Bool

        package var json: JSON {
            ["name": .string(name), "is_sound": .bool(isSound)]
        }
    }

    /// Returns the result of each check. Why a check fails is only logged, because the caller need
    /// not be the operator.
    package static func run(in context: Context) async -> [Check] {
        [
            await check("schema", context) { try await MigrateBook.checkSchema(context.book) },
            await check("keys", context) { try await MigrateBook.checkRing(of: context.book) },
            // An empty write takes the same locks as any other.
            await check("database", context) { try await context.book.write { _ in } },
        ]
    }

    private static func check(
        _ name: String, _ context: Context, _ body: () async throws -> Void
    ) async -> Check {
        do {
            try await body()
            return Check(name: name, isSound: true)
        } catch {
            context.log(.error, "not ready", ["check": name, "error": "\(error)"])
            return Check(name: name, isSound: false)
        }
    }
}
