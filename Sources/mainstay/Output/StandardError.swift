import Store

/// Writes text to standard error and ignores failures, because a remark or an error line must not
/// stop the work that it is about.
func tellUser(_ text: String) { _ = writeAll(Array(text.utf8)[...], to: 2) }
