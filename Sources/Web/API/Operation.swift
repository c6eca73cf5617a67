import HTTPTypes
import Hummingbird
import Pledging
import Workflows

/// One thing that a program can ask for. Routes, checks and the reference are made of these, so
/// that they cannot drift apart.
struct Operation: Sendable {
    /// As generated clients call it.
    let name: String
    let method: HTTPRequest.Method
    /// `{id}` stands for an id of the prefix `idPrefix`.
    let path: String
    let summary: String
    let scope: APIScope
    var idPrefix: String?
    var query: [Field] = []
    /// The members of the JSON object that it takes; nil where it takes none.
    var body: [Field]?
    /// Whether it takes CSV instead, of any length.
    var takesCSV = false
    /// Whether it can be asked again under its Idempotency-Key.
    var isCreating = false
    /// Whether it takes If-Match.
    var isChanging = false
    /// What a Problem of its verb may name; its request has a place for each.
    var names: Set<Problem.Field> = []
    let answer: Shape
    let run: @Sendable (Call) async throws -> Reply

    var routerPath: RouterPath {
        RouterPath(path.replacing("{id}", with: ":id"))
    }

    /// The status of success.
    var status: HTTPResponse.Status { isCreating ? .created : .ok }
}

/// What an answer holds: one of an entity, or a page of them.
struct Shape: Sendable {
    let name: String
    let fields: [Field]
    var isPage = false
    /// What it may be written as where it is no JSON object, row by row.
    var streams: [ReportFormat] = []

    var page: Shape { Shape(name: name, fields: fields, isPage: true) }
    var hasVersion: Bool { !isPage && fields.contains { $0.name == "version" } }
}

/// A request that was let in and found to be of the right form.
struct Call: Sendable {
    /// Acts as the token that was shown.
    let context: Context
    let web: WebContext
    let asked: RequestConditions
    let pathID: String
    let query: Members
    let body: Members
    /// The request's body as it comes, where the operation takes CSV.
    let upload: RequestBody
    /// What the token may do besides this.
    let scopes: Set<APIScope>

    var processors: Processors { web.processors }

    func id<Entity: Identified>(_ noun: String) throws(Problem) -> ID<Entity> {
        // Nothing can be found under what is no id.
        guard let id = try? ID<Entity>(parsing: pathID) else {
            throw Problem(.notFound, "no \(noun) of that id")
        }
        return id
    }
}

/// What a verb came to.
enum Reply: Sendable {
    case one(RequestConditions.Answer)
    /// A page, and the cursor of the next one.
    case page([JSON], next: String?)
    case plain(JSON)
    /// A report, written while it is read.
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
    func time(_ name: String) -> Instant? { text(name).flatMap { Instant(rfc3339: $0) } }

    func id<Entity: Identified>(_ name: String) -> ID<Entity>? {
        text(name).flatMap { try? ID<Entity>(parsing: $0) }
    }

    func choice<Choice: RawRepresentable<String>>(_ name: String) -> Choice? {
        text(name).flatMap { Choice(rawValue: $0) }
    }

    /// What a required member holds. Throws where it is missing, which the check of the request
    /// has seen before.
    static func needed<Value>(_ value: Value?, _ name: String) throws(ErrorAnswer) -> Value {
        guard let value else { throw ErrorAnswer.invalid(name, "is missing") }
        return value
    }

    func members(_ name: String) -> Members? {
        guard case .object(let members) = self[name] else { return nil }
        return Members(members)
    }
}
