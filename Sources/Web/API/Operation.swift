import HTTPTypes
import Hummingbird
import Pledging
import Workflows

/// One operation that programs can call. Routes, checks and the reference are made from these, so
/// that they agree.
struct Operation: Sendable {
    /// The name in generated clients.
    let name: String
    let method: HTTPRequest.Method
    /// `{id}` stands for an id of the prefix `idPrefix`.
    let path: String
    let summary: String
    let scope: APIScope
    var idPrefix: String?
    var query: [Field] = []
    /// The members of the JSON object that it takes; nil if it takes none.
    var body: [Field]?
    /// Whether it takes CSV instead, up to `Limits.uploadMaximumBytes`.
    var takesCSV = false
    /// Whether it takes an Idempotency-Key.
    var isCreating = false
    /// Whether it takes If-Match.
    var isChanging = false
    /// The fields that a Problem of its verb may name; its request has each of them.
    var names: Set<Problem.Field> = []
    let answer: Shape
    let run: @Sendable (Call) async throws -> Reply

    var routerPath: RouterPath {
        RouterPath(path.replacing("{id}", with: ":id"))
    }

    /// The status of success.
    var status: HTTPResponse.Status { isCreating ? .created : .ok }
}

/// What an answer holds: one entity, or a page of them.
struct Shape: Sendable {
    let name: String
    let fields: [Field]
    var isPage = false
    /// The formats of an answer that is sent row by row instead of as a JSON object.
    var streams: [ReportFormat] = []

    var page: Shape { Shape(name: name, fields: fields, isPage: true) }
    var hasVersion: Bool { !isPage && fields.contains { $0.name == "version" } }
}

/// A request that was admitted and has the right form.
struct Call: Sendable {
    /// Acts as the request's token.
    let context: Context
    let web: WebContext
    let asked: RequestConditions
    let pathID: String
    let query: Members
    let body: Members
    /// The request's body as it arrives, if the operation takes CSV.
    let upload: RequestBody
    /// All scopes of the token.
    let scopes: Set<APIScope>

    var processors: Processors { web.processors }

    func id<Entity: Identified>(_ noun: String) throws(Problem) -> ID<Entity> {
        // A text that is not an id finds nothing.
        guard let id = try? ID<Entity>(parsing: pathID) else {
            throw Problem(.notFound, "there is no \(noun) with that id")
        }
        return id
    }
}

/// The result of a verb.
enum Reply: Sendable {
    case one(RequestConditions.Answer)
    /// A page, and the cursor of the next one.
    case page([JSON], next: String?)
    case plain(JSON)
    /// A report, sent while it is read.
    case stream(ReportFormat, name: String, Stream)

    typealias Stream =
        @Sendable (_ write: ([UInt8]) async throws -> Void) async throws -> Void

    static func one(_ presented: some Shown) -> Reply {
        .one(RequestConditions.Answer(shown: presented.shown, isRepeat: false))
    }
}

/// The checked members of an object.
struct Members: Sendable {
    private let members: [JSON.Member]

    init(_ members: [JSON.Member] = []) { self.members = members }

    private subscript(name: String) -> JSON? { members.first { $0.name == name }?.value }

    func text(_ name: String) -> String? {
        guard case .string(let text) = self[name] else { return nil }
        return text
    }

    func integer(_ name: String) -> Int? {
        guard case .integer(let number) = self[name] else { return nil }
        return Int(number)
    }

    func texts(_ name: String) -> [String]? {
        guard case .array(let values) = self[name] else { return nil }
        return values.compactMap { value in
            guard case .string(let text) = value else { return nil }
            return text
        }
    }

    func flag(_ name: String) -> Bool {
        guard case .bool(let flag) = self[name] else { return false }
        return flag
    }

    func date(_ name: String) -> CivilDate? { text(name).flatMap { CivilDate($0) } }
    func month(_ name: String) -> YearMonth? { text(name).flatMap { YearMonth($0) } }
    func time(_ name: String) -> Instant? { text(name).flatMap { Instant(rfc3339: $0) } }

    func id<Entity: Identified>(_ name: String) -> ID<Entity>? {
        text(name).flatMap { try? ID<Entity>(parsing: $0) }
    }

    func choice<Choice: RawRepresentable<String>>(_ name: String) -> Choice? {
        text(name).flatMap { Choice(rawValue: $0) }
    }

    /// Returns the value of a required member. Throws if it is missing, which the check of the
    /// request has ruled out.
    static func needed<Value>(_ value: Value?, _ name: String) throws(ErrorAnswer) -> Value {
        guard let value else { throw ErrorAnswer.invalid(name, "is missing") }
        return value
    }

    func members(_ name: String) -> Members? {
        guard case .object(let members) = self[name] else { return nil }
        return Members(members)
    }
}
