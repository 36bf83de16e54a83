import FlashCore
import FlashImages

/// Reads and writes the partition tables of a device: of one section, and nothing else there.
struct GPTDeviceAccess {
  /// The user's word; `nil` for all sections.
  let section: String?
  let loader: LoaderOptions
  let options: DeviceOptions
  let console: Console

  /// A section of a device that is open, for messages and JSON.
  struct Place {
    var context: DeviceSession.Context
    var section: StorageSection

    /// `usb:1-4.2 section 0`.
    var name: String { "\(context.device) section \(section.name)" }

    /// What is wrong with the table is said of this section, since no file is meant.
    func naming(_ error: any Error) -> any Error {
      guard let error = error as? GPTEditError else { return error }
      var diagnostic = Diagnostic(error)
      diagnostic.message = "\(name): " + diagnostic.message
      diagnostic.remedy = "`flashctl gpt restore` writes a table that was saved before"
      return diagnostic
    }
  }

  /// The table of a section, and what to call it by.
  struct Table {
    var name: String
    var disk: GPTDisk
  }

  /// The tables that are meant: of the chosen section, else of all that have one, also where only one copy is whole.
  func tables() async throws -> [Table] {
    try await DeviceSession(options, console, loader).run(step: "gpt") { context in
      try await open(context)
      guard section == nil else {
        let place = try await chosen(context)
        return [Table(name: place.name, disk: try await table(of: place).get())]
      }
      var tables: [Table] = []
      for section in try await context.target.storage().sections where section.kind == .sectors {
        let place = Place(context: context, section: section)
        if let disk = try await disk(of: place) { tables.append(Table(name: place.name, disk: disk)) }
      }
      return tables
    }
  }

  /// `nil` for a section without a table, or whose size nobody knows.
  private func disk(of place: Place) async throws -> GPTDisk? {
    do {
      return try await PartitionTables.disk(of: place.section, on: place.context.target)
    } catch GPTEditError.noTable(primary: .noSignature, backup: .noSignature) {
      console.info("\(place.name): no partition table")
    } catch StorageError.sizeUnknown {
      console.info("\(place.name): not looked at, since the device does not tell how large it is")
    }
    return nil
  }

  /// Writes to the chosen section what `body` makes of it and its table, or of why it has none, through a plan: checked,
  /// read back, and recorded until it is done.
  func change(
    _ name: String, isDryRun: Bool, running: RunOptions,
    _ body: @Sendable (Place, Result<GPTDisk, any Error>) throws -> [GPTWrite]
  ) async throws {
    let request = try options.request()
    let run = FlashRun(
      request: PlanRequest(reboots: false), isDryRun: isDryRun, options: options, loader: loader,
      running: running, console: console)
    try await DeviceSession(options, console, loader).run(step: "gpt") { context in
      try await open(context)
      let place = try await chosen(context)
      let writes = try body(place, await table(of: place))
      if writes.isEmpty {
        nothing(place, isDryRun)
      } else {
        try await run.execute(try plan(name, writes, place), context, selector: request.selector)
      }
    }
  }

  private func chosen(_ context: DeviceSession.Context) async throws -> Place {
    Place(context: context, section: try await context.target.section(section ?? ""))
  }

  private func table(of place: Place) async -> Result<GPTDisk, any Error> {
    do {
      return .success(try await PartitionTables.disk(of: place.section, on: place.context.target))
    } catch {
      return .failure(place.naming(error))
    }
  }

  private func plan(_ name: String, _ writes: [GPTWrite], _ place: Place) throws -> FlashPlan {
    try FlashPlan(
      writing: writes, to: place.section, family: place.context.family.name,
      model: place.context.target.identity.model, purpose: "gpt \(name), section \(place.section.name)")
  }

  private func nothing(_ place: Place, _ isDryRun: Bool) {
    console.result("\(place.name): nothing to do")
    console.event(
      "result", ["status": isDryRun ? "planned" : "done", "file": .string(place.name), "writes": .integer(0)])
  }

  private func open(_ context: DeviceSession.Context) async throws {
    try await context.target.prepareStorage()
    try context.target.require(.read)
  }
}
