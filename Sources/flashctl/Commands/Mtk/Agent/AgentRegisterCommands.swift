import ArgumentParser
import FlashCore
import FlashImages
import MediaTek
import WireFormat

/// `flashctl mtk agent peek`
struct AgentPeekCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "peek", abstract: "Read registers of 32 bits through the agent.",
    discussion: "Bytes are shown and written in the order of their addresses. Agents of locked devices refuse.")

  @Argument(help: "The first address: decimal or 0x.") var address: AddressArgument
  @Argument(help: "Bytes, up to 1M: whole registers.") var length: ByteCountArgument

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Write the bytes to this file.", valueName: "file"), completion: .file())
  var file: String?

  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard (4...1 << 20).contains(length.byteCount), length.byteCount % 4 == 0, address.value % 4 == 0 else {
      throw ValidationError("peek reads 4 bytes to 1M, whole registers of 4 bytes.")
    }
    guard address.value <= UInt64(UInt32.max) + 1 - length.byteCount else {
      throw ValidationError("addresses have 32 bits.")
    }
  }

  func execute(_ console: Console) async throws {
    let sink = try file.map { try OutputFile.begin(at: $0, replacing: true) }
    let (start, count) = (address.value, length.byteCount)
    let bytes = try await run("peek", on: console) { target, _ in
      try await target.readRegisters(at: start, byteCount: count)
    }
    if let sink {
      try sink.append(bytes)
      try sink.commit()
      console.result("\(Units.bytes(count)) from \(Diagnostic.hex(start)) in \(file ?? "")")
    } else {
      for offset in stride(from: 0, to: bytes.count, by: 16) {
        let row = bytes[offset..<min(offset + 16, bytes.count)]
        console.result("\(Diagnostic.hex(start + UInt64(offset))): \(Hex.string(row, separator: " "))")
      }
    }
    console.event(
      "result",
      [
        "status": "done", "address": .string(Diagnostic.hex(start)), "bytes": .unsigned(UInt64(bytes.count)),
        "data": file == nil ? .string(Hex.string(bytes)) : .null, "file": .optional(file),
      ])
  }
}

/// `flashctl mtk agent poke`
struct AgentPokeCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "poke", abstract: "Change registers of 32 bits through the agent.",
    discussion: "Values take effect one after the other. A wrong address can do anything.")

  @Argument(help: "The first address: decimal or 0x.") var address: AddressArgument
  @Argument(help: "The values: decimal or 0x.") var values: [AddressArgument]
  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard values.count <= 1024 else { throw ValidationError("poke takes up to 1024 values.") }
    guard address.value % 4 == 0, address.value <= UInt64(UInt32.max) + 1 - UInt64(4 * values.count) else {
      throw ValidationError("addresses have 32 bits, and are multiples of 4.")
    }
    guard values.allSatisfy({ $0.value <= UInt64(UInt32.max) }) else {
      throw ValidationError("a value has more than 32 bits.")
    }
  }

  func execute(_ console: Console) async throws {
    let numbers = values.map { UInt32($0.value) }
    let place = address.value
    let device = try await run("poke", on: console) { target, device in
      try await target.writeRegisters(numbers, at: place)
      return device
    }
    console.result(
      "\(device) acknowledged \(numbers.count == 1 ? "a value" : "\(numbers.count) values") at \(Diagnostic.hex(place))"
    )
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "address": .string(Diagnostic.hex(place)),
        "values": .unsigned(UInt64(numbers.count)),
      ])
  }
}

/// `flashctl mtk agent fuses`
struct AgentFusesCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuses", abstract: "Read the chip's fuses; nothing is ever burnt.",
    discussion: "XML agents tell them as a document, XFlash agents as bytes that nobody has described.")

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Write the answer to this file.", valueName: "file"), completion: .file())
  var file: String?

  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let sink = try file.map { try OutputFile.begin(at: $0, replacing: true) }
    let bytes = try await run("read fuses", on: console) { target, _ in try await target.readFuses() }
    let isText = bytes.first == UInt8(ascii: "<")
    if let sink {
      try sink.append(bytes)
      try sink.commit()
      console.result("\(Units.bytes(UInt64(bytes.count))) in \(file ?? "")")
    } else if isText {
      for line in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).split(whereSeparator: \.isNewline) {
        console.result(SafeText.line(String(line)))
      }
    } else {
      for offset in stride(from: 0, to: bytes.count, by: 16) {
        console.result(Hex.string(bytes[offset..<min(offset + 16, bytes.count)], separator: " "))
      }
    }
    console.event(
      "result",
      [
        "status": "done", "bytes": .unsigned(UInt64(bytes.count)), "file": .optional(file),
        "document": isText && file == nil
          ? .string(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)) : .null,
        "data": isText || file != nil ? .null : .string(Hex.string(bytes)),
      ])
  }
}
