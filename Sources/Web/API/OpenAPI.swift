import HTTPTypes
import Hummingbird
import Pledging
import Workflows

/// The reference for programs, in OpenAPI 3.1, made from the operations that are served.
enum OpenAPI {
    static let document: JSON = [
        "openapi": "3.1.0",
        "info": [
            "title": "Mainstay", "version": "1",
            "description": """
            Reader revenue for newsrooms. Amounts are decimal strings with a currency, never \
            floats; lists are sorted by id, oldest first, and paged; errors are RFC 9457 problem \
            documents. A repeated Idempotency-Key gets the first answer again, for \
            retention.answer_days days.
            """,
        ],
        "paths": .object(paths),
        "components": [
            "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
            "schemas": .object(schemas),
        ],
    ]

    // MARK: Paths

    private static var paths: [JSON.Member] {
        var order: [String] = []
        var byPath: [String: [JSON.Member]] = [:]
        for operation in OperationTable.all {
            if byPath[operation.path] == nil { order.append(operation.path) }
            byPath[operation.path, default: []].append(
                JSON.Member(
                    name: operation.method.rawValue.lowercased(), value: describe(operation)))
        }
        return order.map { JSON.Member(name: $0, value: .object(byPath[$0] ?? [])) }
    }

    private static func describe(_ operation: Operation) -> JSON {
        .members([
            "operationId": .string(operation.name), "summary": .string(operation.summary),
            "security": .array([["token": .array([])]]),
            "description": .string("Needs the scope `\(operation.scope.rawValue)`."),
            "parameters": .array(parameters(of: operation)),
            "requestBody": requestBody(of: operation),
            "responses": .object(responses(of: operation)),
        ])
    }

    private static func requestBody(of operation: Operation) -> JSON? {
        if operation.takesCSV {
            return [
                "required": .bool(true),
                "content": ["text/csv": ["schema": ["type": "string"]]],
            ]
        }
        return operation.body.map { fields in
            [
                "required": .bool(fields.contains(where: \.isRequired)),
                "content": ["application/json": ["schema": schema(.object(fields))]],
            ]
        }
    }

    private static func parameters(of operation: Operation) -> [JSON] {
        var list: [JSON] = []
        if let prefix = operation.idPrefix {
            list.append(parameter("id", in: "path", .id(prefix), isRequired: true, ""))
        }
        list += operation.query.map {
            parameter($0.name, in: "query", $0.kind, isRequired: $0.isRequired, $0.summary)
        }
        if operation.isCreating {
            list.append(
                parameter(
                    "Idempotency-Key", in: "header", .text(), isRequired: false,
                    "A request that is repeated with the same key is carried out once."))
        }
        if operation.isChanging {
            list.append(
                [
                    "name": "If-Match", "in": "header", "required": .bool(false),
                    "description": """
                    The ETag of the version that was read; 412 if it has changed since.
                    """,
                    "schema": [
                        "type": "string", "pattern": "^((W/)?\"[0-9]{1,18}\"|[0-9]{1,18})$",
                    ],
                ])
        }
        return list
    }

    private static func parameter(
        _ name: String, in place: String, _ kind: Field.Kind, isRequired: Bool, _ summary: String
    ) -> JSON {
        .members([
            "name": .string(name), "in": .string(place), "required": .bool(isRequired),
            "description": summary.isEmpty ? nil : .string(summary), "schema": schema(kind),
        ])
    }

    private static func responses(of operation: Operation) -> [JSON.Member] {
        let success: JSON = .members([
            "description": "Done.",
            "headers": operation.answer.hasVersion
                ? ["ETag": ["description": "The version.", "schema": ["type": "string"]]] : nil,
            "content": content(of: operation.answer),
        ])
        let problem: JSON = [
            "description": "What went wrong, and what to do.",
            "content": [
                "application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]
            ],
        ]
        var members = [JSON.Member(name: String(operation.status.code), value: success)]
        let refusals = [400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 429, 500, 503]
        members += refusals.map { JSON.Member(name: String($0), value: problem) }
        return members
    }

    private static func content(of shape: Shape) -> JSON {
        guard !shape.streams.isEmpty else {
            return ["application/json": ["schema": reference(shape)]]
        }
        return .object(
            shape.streams.map { form in
                let type = String(form.mediaType.prefix { $0 != ";" })
                let kind: JSON = form == .json ? ["type": "array"] : ["type": "string"]
                return JSON.Member(name: type, value: ["schema": kind])
            })
    }

    private static func reference(_ shape: Shape) -> JSON {
        let one: JSON = ["$ref": .string("#/components/schemas/\(shape.name)")]
        guard shape.isPage else { return one }
        return [
            "type": "object", "required": .array(["data", "next"]),
            "additionalProperties": .bool(false),
            "properties": [
                "data": ["type": "array", "items": one],
                "next": [
                    "type": .array(["string", "null"]),
                    "description": "The cursor of the next page; null after the last.",
                ],
            ],
        ]
    }

    // MARK: Schemas

    private static var schemas: [JSON.Member] {
        var shapes: [JSON.Member] = []
        for shape in OperationTable.all.map(\.answer)
        where shape.streams.isEmpty && !shapes.contains(where: { $0.name == shape.name }) {
            shapes.append(JSON.Member(name: shape.name, value: schema(.object(shape.fields))))
        }
        shapes.append(
            JSON.Member(name: "Problem", value: schema(.object(ErrorAnswer.documentFields))))
        return shapes
    }

    private static func schema(_ kind: Field.Kind) -> JSON {
        switch kind {
        case .text(let maximum): ["type": "string", "maxLength": .integer(Int64(maximum))]
        case .id(let prefix):
            ["type": "string", "pattern": .string("^\(prefix)_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
        case .date: ["type": "string", "format": "date"]
        case .month: ["type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"]
        case .time: ["type": "string", "format": "date-time"]
        case .integer(let range):
            [
                "type": "integer", "minimum": .integer(range.lowerBound),
                "maximum": .integer(range.upperBound),
            ]
        case .boolean: ["type": "boolean"]
        case .choice(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
        case .list(let kind): ["type": "array", "items": schema(kind)]
        case .object(let fields): object(fields)
        case .any: .object([])
        }
    }

    private static func object(_ fields: [Field]) -> JSON {
        let required = fields.filter(\.isRequired).map { JSON.string($0.name) }
        return .members([
            "type": "object", "required": required.isEmpty ? nil : .array(required),
            "additionalProperties": .bool(false),
            "properties": .object(
                fields.map { field in
                    var value = schema(field.kind)
                    if !field.summary.isEmpty {
                        value = value.adding(["description": .string(field.summary)])
                    }
                    return JSON.Member(name: field.name, value: value)
                }),
        ])
    }
}
