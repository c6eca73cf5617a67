import Pledging
import Store

/// The causes of the kinds of attention that are found by looking at the book.
struct AttentionCauses: Sendable {
    struct Cause: Hashable, Sendable {
        let kind: Attention.Kind
        let subject: String
        var detail: String?
    }

    let present: [Cause]
    let open: [Attention]

    init(_ moment: some Moment, isHeld: Bool) throws {
        var causes: [Cause] = []
        if isHeld { causes.append(Cause(kind: .heldCopy, subject: "book")) }
        if try moment.store.riskPolicies().isEmpty, try moment.store.collectsForReal() {
            causes.append(Cause(kind: .riskUnreviewed, subject: "book"))
        }
        causes += try moment.store.knownProcessors().filter { $0.brakeClosedAt != nil }.map {
            Cause(kind: .brakeClosed, subject: $0.name, detail: $0.brake.words)
        }
        causes += try moment.store.jobs().filter(\.hasFailedForAnHour).map {
            Cause(kind: .jobFailing, subject: $0.job.rawValue, detail: $0.failure)
        }
        present = causes
        open = try moment.store.openAttentions(limit: Int.max)
    }

    /// Returns those that are open and whose cause is gone.
    func gone() -> [Attention] {
        open.filter { attention in
            attention.kind.isChecked
                && !present.contains {
                    $0.kind == attention.kind && $0.subject == attention.subject
                }
        }
    }

    /// Whether something would change: a cause is there, one is gone, or the operator, if there is
    /// one to tell, does not know of one that is open.
    func needsWrite(mayTell: Bool) -> Bool {
        !present.isEmpty || !gone().isEmpty || (mayTell && open.contains { $0.toldAt == nil })
    }
}
