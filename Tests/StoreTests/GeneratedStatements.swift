import Pledging
import Testing

@testable import Store

/// The statements that one list of columns makes.
struct GeneratedStatements: CustomTestStringConvertible, Sendable {
    let table: String
    let insert: String
    /// Empty if the entity never changes.
    let update: String
    let select: String
    /// The columns that INSERT writes.
    let names: [String]
    let keys: [String]
    /// Of the other columns, those that UPDATE does not write.
    let left: Set<String>
    let hasVersion: Bool

    var testDescription: String { table }
    var all: [String] { [insert, select] + (update.isEmpty ? [] : [update]) }

    init<Entity>(_ list: EntityColumns<Entity>) {
        table = list.table
        insert = list.insert.sql
        update = list.update.sql
        let others = Set(list.columns.compactMap(\.table)).sorted()
        select = "SELECT \(list.selected) FROM \(([list.table] + others).joined(separator: ", "))"
        names = list.columns.filter { $0.role != .read }.map(\.name)
        keys = list.columns.filter { $0.role == .key }.map(\.name)
        left = Set(
            list.columns.filter { [.fixed, .compared].contains($0.role) }.map(\.name))
        hasVersion = list.columns.contains { $0.role == .version }
    }

    /// The statements of every list in Store.
    static let ofEntities = [
        GeneratedStatements(NewsroomRow.columns), GeneratedStatements(SupporterRow.columns),
        GeneratedStatements(PaymentMethod.columns), GeneratedStatements(Pledge.columns),
        GeneratedStatements(Charge.columns), GeneratedStatements(ChargeAttempt.columns),
        GeneratedStatements(Refund.columns), GeneratedStatements(Dispute.columns),
        GeneratedStatements(ExtraPayment.columns),
        GeneratedStatements(Reminder.columns), GeneratedStatements(StoredSuppression.columns),
        GeneratedStatements(Event.columns), GeneratedStatements(Event.auditedColumns),
        GeneratedStatements(AuditEntry.columns), GeneratedStatements(AuditSeal.columns),
        GeneratedStatements(WebhookEndpoint.columns), GeneratedStatements(Delivery.columns),
        GeneratedStatements(DeliveryAttemptRow.columns),
        GeneratedStatements(WaitingProcessorEvent.columns),
        GeneratedStatements(KnownProcessor.columns), GeneratedStatements(RemovalRow.columns),
        GeneratedStatements(APITokenRow.columns), GeneratedStatements(StoredRiskPolicy.columns),
        GeneratedStatements(JobStanding.columns), GeneratedStatements(QueuedMail.columns),
        GeneratedStatements(Attention.columns),
    ]
}
