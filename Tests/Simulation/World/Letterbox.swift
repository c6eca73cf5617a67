import Pledging
import SQLiteDriver
import Store
import Synchronization

/// What readers received, and what each mail was about.
final class Letterbox: Sendable {
    private struct Mail {
        let mailID: String
        let at: Instant
    }

    private let mails = Mutex<[String: Mail]>([:])

    var count: Int { mails.withLock { $0.count } }

    /// Reads what the post took since the last call; returns complaints about mails that came
    /// twice. A program that was killed between handing a mail over and recording it hands the same
    /// mail over again (`mayRepeat`). An older copy of the book does not know what was sent after
    /// it (`forgets`).
    func read(
        _ post: Post, _ database: SQLiteDatabase, mayRepeat: Bool, forgets: Bool
    ) async throws -> [String] {
        var complaints: [String] = []
        for taken in post.takeFresh() {
            let rows = try await database.transaction(.read) {
                try $0.run(
                    "SELECT kind, subject_id, period FROM mail_messages WHERE id = $1",
                    .text(taken.mailID))
            }
            guard let row = rows.first else {
                complaints.append("a mail without a row was sent: \(taken.mailID)")
                continue
            }
            let about = "\(try row.text(0)) \(try row.text(1)) \(try row.text(2))"
            guard let known = keep(taken, about), !forgets else { continue }
            if known.mailID == taken.mailID && mayRepeat { continue }
            complaints.append("a reader received two mails about: \(about)")
        }
        return complaints
    }

    /// Keeps the first mail about a subject; returns it if it is already there.
    private func keep(_ taken: Post.Taken, _ about: String) -> Mail? {
        mails.withLock { mails in
            let known = mails[about]
            if known == nil { mails[about] = Mail(mailID: taken.mailID, at: taken.at) }
            return known
        }
    }

    /// Whether a reader received a mail of this kind about a subject.
    func holds(_ kind: QueuedMail.Kind, about subjectID: String) -> Bool {
        mails.withLock { mails in
            mails.keys.contains { $0.hasPrefix("\(kind.rawValue) \(subjectID) ") }
        }
    }

    /// When the reader was first told of this charge, with its day and at least its amount: a lower
    /// amount needs no new notice.
    func noticed(_ charge: Charge) -> Instant? {
        let about = "upcomingCharge \(charge.pledgeID.text) \(charge.dueOn)/"
        return mails.withLock { mails in
            mails.filter { subject, _ in
                guard subject.hasPrefix(about),
                    let told = subject.dropFirst(about.count).split(separator: "/").first
                else { return false }
                return Int64(told).map { $0 >= charge.amount.minorUnits } ?? false
            }.map(\.value.at).min()
        }
    }
}
