import ArgumentParser
import FlashCore
import FlashImages
import MediaTek
import Synchronization
import WireFormat

/// How wide the accesses of `peek` and `poke` are.
enum AccessWidth: String, ExpressibleByArgument, CaseIterable {
  case bits16 = "16"
  case bits32 = "32"

  var width: BootROMExchange.Width { self == .bits16 ? .bits16 : .bits32 }
}

/// `flashctl mtk brom peek`
struct BootROMPeekCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "peek", abstract: "Read a chip's memory and registers.",
    discussion: "Bytes are shown and written in the order of their addresses. Locked chips refuse.")

  @Argument(help: "The first address: decimal or 0x.") var address: AddressArgument
  @Argument(help: "Bytes, up to 16M: whole values.") var length: ByteCountArgument
  @Option(help: "Bits of one access: 16 or 32.") var width = AccessWidth.bits32
  @Flag(help: "Use the commands of chips before MT6575.") var legacy = false

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Write the bytes to this file.", valueName: "file"), completion: .file())
  var file: String?

  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    let unit = UInt64(width.width.byteCount)
    guard (unit...16 << 20).contains(length.byteCount), length.byteCount % unit == 0 else {
      throw ValidationError("peek reads \(unit) bytes to 16M, a multiple of \(unit).")
    }
    guard address.value + length.byteCount <= 1 << 32, address.value < 1 << 32 else {
      throw ValidationError("addresses have 32 bits.")
    }
  }

  func execute(_ console: Console) async throws {
    let sink = try file.map { try OutputFile.begin(at: $0, replacing: true) }
    let (start, count) = (UInt32(address.value), UInt32(length.byteCount))
    let bytes = try await run("peek", on: console) { [width, legacy] target, _ in
      let bytes = CollectedBytes()
      try await target.read(width.width, at: start, byteCount: count, isLegacy: legacy) { piece throws(ImageError) in
        bytes.append(piece)
      }
      return bytes.all
    }
    if let sink {
      try sink.append(bytes)
      try sink.commit()
      console.result("\(Units.bytes(UInt64(count))) from \(Diagnostic.hex(UInt64(start))) in \(file ?? "")")
    } else {
      for offset in stride(from: 0, to: bytes.count, by: 16) {
        let row = bytes[offset..<min(offset + 16, bytes.count)]
        console.result("\(Diagnostic.hex(UInt64(start) + UInt64(offset))): \(Hex.string(row, separator: " "))")
      }
    }
    console.event(
      "result",
      [
        "status": "done", "address": .string(Diagnostic.hex(UInt64(start))), "bytes": .unsigned(UInt64(count)),
        "data": file == nil ? .string(Hex.string(bytes)) : .null, "file": .optional(file),
      ])
  }
}

/// Bytes that come in pieces.
private final class CollectedBytes: Sendable {
  private let bytes = Mutex<[UInt8]>([])
  func append(_ piece: [UInt8]) { bytes.withLock { $0 += piece } }
  var all: [UInt8] { bytes.withLock { $0 } }
}

/// `flashctl mtk brom poke`
struct BootROMPokeCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "poke", abstract: "Change a chip's memory or registers: one or more values.",
    discussion: "Values take effect one after the other. A wrong address can do anything. Locked chips refuse.")

  @Argument(help: "The first address: decimal or 0x.") var address: AddressArgument
  @Argument(help: "The values: decimal or 0x.") var values: [AddressArgument]
  @Option(help: "Bits of one access: 16 or 32.") var width = AccessWidth.bits32
  @Flag(help: "Use the commands of chips before MT6575; not for preloaders.") var legacy = false
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard address.value < 1 << 32 else { throw ValidationError("addresses have 32 bits.") }
    let limit: UInt64 = width == .bits16 ? 0xFFFF : 0xFFFF_FFFF
    guard values.allSatisfy({ $0.value <= limit }) else {
      throw ValidationError("a value has more than \(width.rawValue) bits; choose --width.")
    }
    guard values.count <= 4096 else { throw ValidationError("poke takes up to 4096 values.") }
  }

  func execute(_ console: Console) async throws {
    let numbers = values.map { UInt32($0.value) }
    let place = UInt32(address.value)
    let device = try await run("poke", on: console) { [width, legacy] target, device in
      try await target.write(width.width, numbers, at: place, isLegacy: legacy)
      return device
    }
    console.result(
      "\(device) acknowledged \(numbers.count == 1 ? "a value" : "\(numbers.count) values") at "
        + Diagnostic.hex(UInt64(place)))
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "address": .string(Diagnostic.hex(UInt64(place))),
        "values": .unsigned(UInt64(numbers.count)),
      ])
  }
}

/// `flashctl mtk brom pmic`
struct BootROMPMICCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "pmic", abstract: "Read a register of the power chip, or write it.")

  @Argument(help: "The register: decimal or 0x.") var register: AddressArgument
  @Argument(help: "What to write: decimal or 0x.") var value: AddressArgument?
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard register.value <= 0xFFFF, value.map({ $0.value <= 0xFFFF }) ?? true else {
      throw ValidationError("registers and their values have 16 bits.")
    }
  }

  func execute(_ console: Console) async throws {
    let place = UInt16(register.value)
    let new = value.map { UInt16($0.value) }
    let found = try await run("pmic", on: console) { target, _ -> UInt32? in
      _ = try await target.perform(.powerInit())
      let answers = try await target.perform(new.map { .powerWrite(place, $0) } ?? .powerRead(place))
      _ = try await target.perform(.powerDeinit())
      return answers.numbers.first
    }
    if let found {
      console.result(Diagnostic.hex(UInt64(found)))
    } else {
      console.info("the device acknowledged \(Diagnostic.hex(UInt64(place)))")
    }
    console.event(
      "result",
      [
        "status": "done", "register": .string(Diagnostic.hex(UInt64(place))),
        "value": .optional((found ?? new.map(UInt32.init)).map { Diagnostic.hex(UInt64($0)) }),
      ])
  }
}
