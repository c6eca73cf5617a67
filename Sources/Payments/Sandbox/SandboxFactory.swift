extension SandboxProcessor {
    static let factory = ProcessorFactory(
        name: "sandbox", settings: [fileSetting], isBuiltIn: true, fileSuffix: suffix,
        mode: { _ in .test },
        make: { (settings, place) throws(ProcessorSetupError) in
            let file = settings[fileSetting] ?? place.bookPath + suffix
            do throws(SandboxError) {
                return try SandboxProcessor(file: file, clock: place.now)
            } catch {
                throw .file(code: error.reason, reason: error.description)
            }
        })

    private static let suffix = ".sandbox"
    /// The path of its file; beside the book if not set.
    private static let fileSetting = ProcessorSetting("sandbox.file")
}
