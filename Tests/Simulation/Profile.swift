/// What goes wrong in a run.
package enum Profile: String, CaseIterable, Sendable {
    /// Banks decline, readers come and go; nothing breaks.
    case calm
    /// The processor loses replies, answers twice and late, and is down for days.
    case lossy
    /// Programs are killed at the points where they wait.
    case dying
    /// Two programs run at once, and their steps mix.
    case pairs
    /// The machine's clock jumps both ways; the newsroom moves to another zone.
    case jumps
    /// An older copy of the book is restored and run.
    case copies
    case everything

    var isLossy: Bool { self == .lossy || self == .everything || self == .dying }
    var dies: Bool { self == .dying || self == .everything }
    var runsPairs: Bool { self == .pairs || self == .everything }
    var jumps: Bool { self == .jumps || self == .everything }
    var restores: Bool { self == .copies || self == .everything }
}
