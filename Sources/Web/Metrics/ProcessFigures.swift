import Foundation
import Glibc

/// What the kernel reports about this process.
struct ProcessFigures {
    let residentBytes: Int64
    let openDescriptors: Int

    /// Returns nil if there is no /proc.
    init?() {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int64($0) }),
            let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        else { return nil }
        residentBytes = pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
        openDescriptors = open.count
    }
}
