import Foundation

/// The interpreter that has the references of the tests; Scripts/test makes it.
package let pythonPath =
    ProcessInfo.processInfo.environment["MAINSTAY_TEST_PYTHON"] ?? "python3"
