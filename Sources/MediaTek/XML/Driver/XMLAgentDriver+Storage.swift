import FlashCore
import FlashImages

/// Reading, writing and erasing. Source: `docs/protocols/mtk-xml.md` 7.3, 9.
extension XMLAgentDriver {
  /// The agent's name for a section.
  private func sectionName(_ section: String) async throws(XMLAgentError) -> String {
    guard let name = XMLAgentSections.name(of: section, in: try await readHardware().storage) else {
      throw .noSection(section)
    }
    return name
  }

  func read(_ range: StorageRange, into consumer: any StreamConsumer) async throws(XMLAgentError) {
    try requireOpen()
    guard range.byteCount > 0 else { return }
    let command = XMLAgentCommand.readFlash(
      try await sectionName(range.section), offset: range.bytes.lowerBound, byteCount: range.byteCount,
      to: XMLAgentCommand.memory(range.byteCount))
    try await execute(
      XMLCommandSession(
        command, files: .receiving(atMost: range.byteCount, exactly: range.byteCount), policy: policy),
      XMLAgentContent(incoming: consumer))
  }

  func read(partition name: String, into consumer: any StreamConsumer) async throws(XMLAgentError) -> UInt64 {
    try requireOpen()
    let session = try await execute(
      XMLCommandSession(
        .readPartition(name, to: Self.fileName(for: name)), files: .receiving(atMost: .max), policy: policy),
      XMLAgentContent(incoming: consumer))
    return session.receivedByteCount
  }

  /// Zeros fill up the range behind the image.
  func write(
    _ image: ImageStream, byteCount: UInt64, to range: StorageRange, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws(XMLAgentError) {
    try requireOpen()
    guard range.byteCount > 0 else { return }
    let file = XMLAgentCommand.memory(range.byteCount)
    let command = XMLAgentCommand.writeFlash(
      try await sectionName(range.section), offset: range.bytes.lowerBound, from: file)
    try await execute(
      XMLCommandSession(command, files: .sending(file, byteCount: range.byteCount), policy: policy),
      XMLAgentContent([.stream(image, byteCount: byteCount)]), report: Self.counting(progress, limit: byteCount))
  }

  func write(
    _ image: ImageStream, byteCount: UInt64, partition name: String, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws(XMLAgentError) {
    try requireOpen()
    guard byteCount > 0 else { throw .emptyFile(name) }
    let file = Self.fileName(for: name)
    try await execute(
      XMLCommandSession(
        .writePartition(name, from: file), files: .sending(file, byteCount: byteCount), policy: policy),
      XMLAgentContent([.stream(image, byteCount: byteCount)]), report: Self.counting(progress, limit: byteCount))
  }

  func erase(_ range: StorageRange, progress: @escaping @Sendable (Int) -> Void) async throws(XMLAgentError) {
    try requireOpen()
    guard range.byteCount > 0 else { return }
    let command = XMLAgentCommand.eraseFlash(
      try await sectionName(range.section), offset: range.bytes.lowerBound, byteCount: range.byteCount)
    try await execute(XMLCommandSession(command, policy: policy), report: Self.percents(progress))
  }

  func erase(partition name: String, progress: @escaping @Sendable (Int) -> Void) async throws(XMLAgentError) {
    try requireOpen()
    try await execute(XMLCommandSession(.erasePartition(name), policy: policy), report: Self.percents(progress))
  }

  /// A command about the storage.
  @discardableResult
  func execute(
    _ session: XMLCommandSession, _ content: XMLAgentContent = XMLAgentContent(),
    report: @escaping @Sendable (XMLAgentEvent) -> Void = { _ in }
  ) async throws(XMLAgentError) -> XMLCommandSession {
    do throws(XMLAgentError) { return try await run(session, content, report: report) } catch {
      throw explained(error)
    }
  }

  // MARK: Updates that the device drives

  /// A file of a package: the name that the scatter file has for it, and its content.
  struct PackageFile: Sendable {
    var name: String
    var image: any ImageSource
    var byteCount: UInt64
  }

  /// Hands the device a package, which asks for what it needs in an order of its own: WRITE-PARTITIONS, FLASH-ALL or
  /// FLASH-UPDATE. `folder` takes what an update puts away, under the name that the command has for it.
  func flash(
    _ command: XMLAgentCommand, files: [PackageFile], folder: (name: String, files: XMLAgentFolder)? = nil,
    limit: UInt64 = 4 << 30, report: @escaping @Sendable (XMLAgentEvent) -> Void
  ) async throws(XMLAgentError) {
    try requireOpen()
    var offered = XMLAgentFiles(incoming: folder.map { .folder($0.name, limit: limit) } ?? .none)
    for file in files {
      offered.offer(file.name, byteCount: file.byteCount, isRequired: file.name == command.sourceFile)
    }
    try await execute(
      XMLCommandSession(command, files: offered, policy: policy),
      XMLAgentContent(files.map { .image($0.image, byteCount: $0.byteCount) }, folder: folder?.files), report: report)
  }

  // MARK: Names and reports

  /// What a partition's file is called towards the device: its name as far as agents can read it.
  static func fileName(for partition: String) -> String {
    let letters = partition.unicodeScalars.prefix(64).map { scalar -> Character in
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      return isPlain || scalar == "_" || scalar == "-" ? Character(scalar) : "_"
    }
    return String(letters) + ".bin"
  }

  private static func counting(
    _ progress: @escaping @Sendable (UInt64) -> Void, limit: UInt64
  ) -> @Sendable (XMLAgentEvent) -> Void {
    { event in
      if case .transferred(_, let bytes, _, isSending: true) = event { progress(min(bytes, limit)) }
    }
  }

  private static func percents(
    _ progress: @escaping @Sendable (Int) -> Void
  ) -> @Sendable (XMLAgentEvent) -> Void {
    { event in
      if case .progress(_, let percent?) = event { progress(percent) }
    }
  }
}
