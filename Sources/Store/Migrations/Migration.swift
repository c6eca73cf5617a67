import Embedded

// The schema is a list of migrations, whose SQL lies in the folder Schema. A migration is never
// edited once it has landed: a change is a new number.

/// The engines that each migration is written for: the same tables and columns, with each engine's
/// types.
package enum Engine: Sendable { case sqlite, postgres }

/// One numbered step of the schema.
package struct Migration: Sendable {
    /// 1, 2, 3 … without gaps.
    package let version: Int
    package let name: String
    private let sqlite: EmbeddedAsset
    private let postgres: EmbeddedAsset

    private init(
        _ version: Int, _ name: String, _ sqlite: EmbeddedAsset, _ postgres: EmbeddedAsset
    ) {
        self.version = version
        self.name = name
        self.sqlite = sqlite
        self.postgres = postgres
    }

    /// Returns the statements of this step, byte for byte as in the engine's file.
    package func sql(for engine: Engine) -> String {
        switch engine {
        case .sqlite: String(cString: sqlite.text)
        case .postgres: String(cString: postgres.text)
        }
    }

    /// All migrations, first to last.
    package static let all: [Migration] = [
        Migration(1, "book", .m001_book_sqlite, .m001_book_postgres),
        Migration(2, "supporters", .m002_supporters_sqlite, .m002_supporters_postgres),
        Migration(3, "pledges", .m003_pledges_sqlite, .m003_pledges_postgres),
        Migration(4, "reminders", .m004_reminders_sqlite, .m004_reminders_postgres),
        Migration(5, "events", .m005_events_sqlite, .m005_events_postgres),
        Migration(6, "mail", .m006_mail_sqlite, .m006_mail_postgres),
        Migration(7, "requests", .m007_requests_sqlite, .m007_requests_postgres),
        Migration(8, "suppressions", .m008_suppressions_sqlite, .m008_suppressions_postgres),
        Migration(9, "lists", .m009_lists_sqlite, .m009_lists_postgres),
        Migration(10, "webhooks", .m010_webhooks_sqlite, .m010_webhooks_postgres),
        Migration(11, "erasure", .m011_erasure_sqlite, .m011_erasure_postgres),
        Migration(12, "audit", .m012_audit_sqlite, .m012_audit_postgres),
        Migration(13, "risk", .m013_risk_sqlite, .m013_risk_postgres),
        Migration(14, "charges", .m014_charges_sqlite, .m014_charges_postgres),
        Migration(15, "tokens", .m015_tokens_sqlite, .m015_tokens_postgres),
        Migration(16, "jobs", .m016_jobs_sqlite, .m016_jobs_postgres),
        Migration(17, "answers", .m017_answers_sqlite, .m017_answers_postgres),
        Migration(18, "indexes", .m018_indexes_sqlite, .m018_indexes_postgres),
        Migration(19, "attention", .m019_attention_sqlite, .m019_attention_postgres),
        Migration(20, "brake", .m020_brake_sqlite, .m020_brake_postgres),
        Migration(
            21, "extra_payments", .m021_extra_payments_sqlite, .m021_extra_payments_postgres),
        Migration(22, "done", .m022_done_sqlite, .m022_done_postgres),
        Migration(23, "expiring", .m023_expiring_sqlite, .m023_expiring_postgres),
        Migration(24, "payouts", .m024_payouts_sqlite, .m024_payouts_postgres),
    ]

    /// The version that this binary writes and reads.
    package static let newest = all.count
}
