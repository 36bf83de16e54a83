import ArgumentParser
import FlashCore
import FlashImages
import Qualcomm
import WireFormat

/// A number on the command line: decimal or `0x`.
struct AddressArgument: ExpressibleByArgument, Equatable {
  let value: UInt64

  init?(argument: String) {
    guard let value = FirehoseNumber.parse(argument, as: UInt64.self), !argument.hasSuffix(".") else { return nil }
    self.value = value
  }
}

/// `flashctl qcom firehose peek`
struct FirehosePeekCommand: ProgrammerCommand {
  static let configuration = CommandConfiguration(
    commandName: "peek", abstract: "Read the device's memory.",
    discussion:
      "Most production programmers leave this command out. An address that is not mapped may end the programmer.")

  @Argument(help: "The first address: decimal or 0x.") var address: AddressArgument
  @Argument(help: "Bytes, up to 16M.") var length: ByteCountArgument

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Write the bytes to this file.", valueName: "file"),
    completion: .file())
  var file: String?

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  /// Bytes asked for at once; each takes five characters in the log.
  private static let pieceByteCount: UInt64 = 4096

  mutating func validate() throws {
    guard (1...16 << 20).contains(length.byteCount), !address.value.addingReportingOverflow(length.byteCount).overflow
    else { throw ValidationError("peek reads 1 byte to 16M, inside 64 bits of address.") }
  }

  func execute(_ console: Console) async throws {
    let sink = try file.map { try OutputFile.begin(at: $0, replacing: true) }
    let (start, count) = (address.value, length.byteCount)
    let bytes = try await run("peek", on: console) { target, _ in
      var bytes: [UInt8] = []
      while UInt64(bytes.count) < count {
        try Task.checkCancellation()
        let piece = min(Self.pieceByteCount, count - UInt64(bytes.count))
        bytes += try await target.peek(address: start + UInt64(bytes.count), byteCount: piece)
      }
      return bytes
    }
    if let sink {
      try unsafe bytes.withUnsafeBytes { buffer in try unsafe sink.append(buffer) }
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
        "status": "done", "address": .string(Diagnostic.hex(start)), "bytes": .unsigned(count),
        "data": file == nil ? .string(Hex.string(bytes)) : .null, "file": .optional(file),
      ])
  }
}

/// `flashctl qcom firehose poke`
struct FirehosePokeCommand: ProgrammerCommand {
  static let configuration = CommandConfiguration(
    commandName: "poke", abstract: "Change the device's memory: one number of 1 to 8 bytes.",
    discussion: "Most production programmers leave this command out. A wrong address can do anything.")

  @Argument(help: "The address: decimal or 0x.") var address: AddressArgument
  @Argument(help: "The number: decimal or 0x.") var value: AddressArgument
  @Option(help: ArgumentHelp("Bytes of the number, 1 to 8.", valueName: "bytes")) var size: UInt32 = 4
  @Flag(name: .customLong("value64"), help: "Call the number value64, as some programmers want it.") var isLong = false
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard (1...8).contains(size) else { throw ValidationError("--size takes 1 to 8.") }
    guard size == 8 || value.value >> (UInt64(size) * 8) == 0 else {
      throw ValidationError("the number has more than \(size) bytes; choose --size.")
    }
  }

  func execute(_ console: Console) async throws {
    let poke = FirehosePoke(address: address.value, byteCount: size, value: value.value, usesValue64: isLong)
    let device = try await run("poke", on: console) { target, device in
      try await target.poke(poke)
      return device
    }
    console.result("\(device) acknowledged \(size) bytes at \(Diagnostic.hex(address.value))")
    console.event(
      "result",
      ["status": "done", "device": .string(device), "address": .string(Diagnostic.hex(address.value))])
  }
}
