import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl slot set`
struct SlotSetCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Choose the slot that boots.",
    discussion: "Changes both copies of the partition tables, one after the other, and reads them back.")

  @Argument(help: "a or b.", transform: Self.slot) var slot: GPTSlots.Slot

  @Option(help: ArgumentHelp("How attributes are written: system or edl.", valueName: "style"), transform: Self.style)
  var style: GPTSlots.Style = .system

  @Flag(help: "Take slot a for the one that boots where the tables do not say.")
  var assumeA = false

  @Flag(help: "Say what would be written, and write nothing.")
  var dryRun = false

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  @Sendable private static func slot(_ text: String) throws -> GPTSlots.Slot {
    guard let slot = GPTSlots.Slot(rawValue: text) else { throw ValidationError("'\(text)' is no slot: a or b") }
    return slot
  }

  @Sendable private static func style(_ text: String) throws -> GPTSlots.Style {
    guard let style = GPTSlots.Style(rawValue: text) else {
      throw ValidationError("'\(text)' is no style: system or edl")
    }
    return style
  }

  func execute(_ console: Console) async throws {
    let session = try DeviceSession(options, console, loader)
    let (before, changed, section) = try await session.run(step: "set the slot") { context in
      try await context.target.prepareStorage()
      var control = try await SlotControl(context.target)
      guard !control.slots.pairs.isEmpty else { throw Diagnostic.noSlots(context.device) }
      let before = control.current
      let section = try control.bootSection(of: slot)
      guard !dryRun else { return (before, try show(control, on: console), section) }
      return (before, try await control.activate(slot, style: style, assumingA: assumeA), section)
    }
    if !dryRun, changed.isEmpty, let section {
      console.result("slot \(slot.rawValue) is active in all tables already; section \(section) is bootable")
    } else if changed.isEmpty, section == nil {
      console.result("slot \(slot.rawValue) boots already")
    } else if !dryRun {
      console.result("slot \(slot.rawValue) boots from now on")
    }
    console.event(
      "result",
      [
        "status": dryRun ? "planned" : "done", "slot": .string(slot.rawValue), "before": .optional(before?.rawValue),
        "sections": .array(changed.map { .string($0) }),
      ])
  }

  /// What would be written, and the sections that it would be written to.
  private func show(_ control: SlotControl, on console: Console) throws -> [String] {
    let changes = try control.changes(to: slot, style: style, assumingA: assumeA)
    for change in changes {
      for write in change.writes {
        console.result(
          "would write \(write.part.rawValue): \(write.bytes.count) bytes at sector \(write.lba) of section "
            + change.section.name)
        console.event(
          "write",
          [
            "section": .string(change.section.name), "part": .string(write.part.rawValue),
            "sector": .unsigned(write.lba), "bytes": .integer(Int64(write.bytes.count)),
          ])
      }
    }
    if let section = try control.bootSection(of: slot) { console.result("would make section \(section) bootable") }
    return changes.map(\.section.name)
  }
}
