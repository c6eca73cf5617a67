// Schema: the SQL migrations, embedded in the binary, and their order. It is a target only because
// a resource rule belongs to one. It imports nothing; no SQL stands here, nor a type of the book.
//
// A migration is never edited once it has landed: a change is a new number.

/// The engines that a migration is written for: the same tables and columns, each engine's types.
package enum Engine: Sendable { case sqlite, postgres }

/// One numbered step of the schema.
package struct Migration: Sendable {
    /// 1, 2, 3 … without gaps.
    package let version: Int
    package let name: String
    private let sqlite: [UInt8]
    private let postgres: [UInt8]

    private init(_ version: Int, _ name: String, _ sqlite: [UInt8], _ postgres: [UInt8]) {
        self.version = version
        self.name = name
        self.sqlite = sqlite
        self.postgres = postgres
    }

    package func sql(for engine: Engine) -> String {
        switch engine {
        case .sqlite: String(decoding: sqlite, as: UTF8.self)
        case .postgres: String(decoding: postgres, as: UTF8.self)
        }
    }

    /// All migrations, first to last.
    package static let all: [Migration] = [
        Migration(
            1, "book",
            PackageResources.m001_book_sqlite_sql, PackageResources.m001_book_postgres_sql),
        Migration(
            2, "supporters",
            PackageResources.m002_supporters_sqlite_sql,
            PackageResources.m002_supporters_postgres_sql),
        Migration(
            3, "pledges",
            PackageResources.m003_pledges_sqlite_sql, PackageResources.m003_pledges_postgres_sql),
        Migration(
            4, "reminders",
            PackageResources.m004_reminders_sqlite_sql,
            PackageResources.m004_reminders_postgres_sql),
        Migration(
            5, "events",
            PackageResources.m005_events_sqlite_sql, PackageResources.m005_events_postgres_sql),
        Migration(
            6, "mail",
            PackageResources.m006_mail_sqlite_sql, PackageResources.m006_mail_postgres_sql),
        Migration(
            7, "requests",
            PackageResources.m007_requests_sqlite_sql, PackageResources.m007_requests_postgres_sql),
        Migration(
            8, "suppressions",
            PackageResources.m008_suppressions_sqlite_sql,
            PackageResources.m008_suppressions_postgres_sql),
        Migration(
            9, "lists",
            PackageResources.m009_lists_sqlite_sql, PackageResources.m009_lists_postgres_sql),
        Migration(
            10, "webhooks",
            PackageResources.m010_webhooks_sqlite_sql,
            PackageResources.m010_webhooks_postgres_sql),
        Migration(
            11, "erasure",
            PackageResources.m011_erasure_sqlite_sql, PackageResources.m011_erasure_postgres_sql),
        Migration(
            12, "audit",
            PackageResources.m012_audit_sqlite_sql, PackageResources.m012_audit_postgres_sql),
        Migration(
            13, "risk",
            PackageResources.m013_risk_sqlite_sql, PackageResources.m013_risk_postgres_sql),
        Migration(
            14, "charges",
            PackageResources.m014_charges_sqlite_sql, PackageResources.m014_charges_postgres_sql),
        Migration(
            15, "tokens",
            PackageResources.m015_tokens_sqlite_sql, PackageResources.m015_tokens_postgres_sql),
        Migration(
            16, "jobs",
            PackageResources.m016_jobs_sqlite_sql, PackageResources.m016_jobs_postgres_sql),
        Migration(
            17, "answers",
            PackageResources.m017_answers_sqlite_sql, PackageResources.m017_answers_postgres_sql),
        Migration(
            18, "indexes",
            PackageResources.m018_indexes_sqlite_sql, PackageResources.m018_indexes_postgres_sql),
    ]

    /// The version that this binary writes and reads.
    package static let newest = all.count
}
