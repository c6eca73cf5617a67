import Foundation

/// The Python that has the tests' reference implementations; Scripts/test makes it.
package let pythonPath =
    ProcessInfo.processInfo.environment["MAINSTAY_TEST_PYTHON"] ?? "python3"
