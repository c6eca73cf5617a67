import Store

/// Text to standard error, as far as it can be written: for remarks and complaints, which must not
/// stop the work that they are about.
func tellUser(_ text: String) { _ = writeAll(Array(text.utf8)[...], to: 2) }
