/// The status of a pledge.
enum PledgeText: String, PlainKey {
    case failed = "status.failed"
    case paused = "status.paused"
    case ended = "status.ended"
}

/// The status of a pledge, with a day.
enum PledgeDayText: String, FilledKey {
    case next = "status.next"
    case pausedUntil = "status.paused_until"

    enum Placeholder: String, CaseIterable { case day }
}

extension Language {
    /// Returns the status of a pledge, which is shown after the amount; empty if there is nothing
    /// to say.
    package func text(_ pledge: Pledge) -> String {
        switch pledge.state {
        case .active, .pending: pledge.nextChargeOn.map { text(.next, $0) } ?? ""
        case .pastDue: text(PledgeText.failed)
        case .paused:
            pledge.pausedUntil.map { text(.pausedUntil, $0) } ?? text(PledgeText.paused)
        case .completed, .cancelled, .lapsed, .abandoned: text(PledgeText.ended)
        }
    }

    private func text(_ key: PledgeDayText, _ day: CivilDate) -> String {
        catalogue.text(key) { placeholder in
            switch placeholder {
            case .day: text(day)
            }
        }
    }
}
