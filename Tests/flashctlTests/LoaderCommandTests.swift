import Digests
import Foundation
import Testing

/// `image inspect` and `image verify` with signed loaders, and what is said of loaders before they are sent.
@Suite struct `Loaders on the command line` {
  private let folder: TemporaryFolder
  private static let crashed = "sim:sdm845-crash,clock=virtual,memory=8K"

  init() throws { folder = try TemporaryFolder() }

  @Test func `a signed loader is shown with its hashes checked`() throws {
    let loader = SignedLoader()
    let path = try folder.write(loader.bytes, to: "prog_firehose.elf")
    let outcome = try BuiltProgram.run("image", "inspect", path, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let event = try #require(outcome.event("loader"))
    #expect(event["softwareID"] as? String == "0x3" && event["certificates"] as? Int == 3)
    #expect(event["rootHash"] as? String == SignedLoader.sha256(SignedLoader.root))
    #expect(event["hashedSegments"] as? Int == 2 && (event["damagedSegments"] as? [Int])?.isEmpty == true)
    let verified = try BuiltProgram.run("image", "verify", path)
    #expect(verified.status == 0 && verified.output.contains("2 hashes"), "\(verified.errors)")
  }

  @Test func `a damaged segment is named, and no success`() throws {
    var bytes = SignedLoader().bytes
    bytes[bytes.count - 1] ^= 1
    let path = try folder.write(bytes, to: "prog.elf")
    let inspected = try BuiltProgram.run("image", "inspect", path)
    #expect(inspected.status == 65 && inspected.output.contains("1 of 2 wrong, of segment 2"), "\(inspected.output)")
    let verified = try BuiltProgram.run("image", "verify", path, "--json")
    #expect(verified.status == 65 && verified.event("error")?["code"] as? String == "loader.damaged")
  }

  @Test func `strict makes an error of what would be a warning`() throws {
    let lite = try folder.write(SignedLoader().bytes, to: "prog_firehose_lite.elf")
    let other = try folder.write(SignedLoader(softwareID: 7).bytes, to: "tz.elf")
    for (path, words) in [(lite, "sets up no memory"), (other, "as software 7")] {
      let arguments = ["qcom", "sahara", "load", "--loader", path, "--device", Self.crashed]
      let warned = try BuiltProgram.run(arguments)
      #expect(warned.status == 76 && warned.errors.contains(words), "\(warned.errors)")
      let refused = try BuiltProgram.run(arguments + ["--strict"])
      #expect(refused.status == 65 && refused.errors.contains("loader.doubtful"), "\(refused.errors)")
    }
  }

  @Test func `load compares the loader's root certificate with what the device takes`() throws {
    let path = try folder.write(SignedLoader().bytes, to: "prog.elf")
    let arguments = ["qcom", "sahara", "load", "--check-device", "--strict", "--json", "--loader", path, "--device"]
    let device = "sim:sdm845-ufs,clock=virtual"
    let other = try BuiltProgram.run(arguments + [device])
    #expect(other.status == 65 && other.event("error")?["code"] as? String == "loader.other-signer", "\(other.errors)")
    for hash in [SignedLoader.sha256(SignedLoader.root), SignedLoader.sha384(SignedLoader.root)] {
      let same = try BuiltProgram.run(arguments + [device + ",key-hash=" + hash])
      #expect(same.status == 0 && same.event("result")?["images"] as? [Int] == [13], "\(same.errors)")
    }
    let warned = try BuiltProgram.run(arguments.filter { $0 != "--strict" } + [device])
    #expect(warned.status == 0 && warned.event("notice")?["code"] as? String == "loader.other-signer")
  }

  @Test func `several images come from a list and from words`() throws {
    let path = try folder.write(SignedLoader().bytes, to: "a.elf")
    let ids = [59, 36, 37, 61, 60, 21, 13, 38]
    let images = ids.map { "<image image_id='\($0)' image_path='a.elf'/>" }.joined()
    let list = try folder.write(Array("<sahara_config><images>\(images)</images></sahara_config>".utf8), to: "list.xml")
    for loader in [list, ids.map { "\($0):\(path)" }.joined(separator: ",")] {
      let outcome = try BuiltProgram.run(
        "qcom", "sahara", "load", "--json", "--loader", loader, "--device", "sim:sa8775p,clock=virtual")
      #expect(outcome.status == 0 && outcome.event("result")?["images"] as? [Int] == ids, "\(outcome.errors)")
    }
    let alone = try BuiltProgram.run(
      "qcom", "sahara", "load", "--loader", path, "--device", "sim:sa8775p,clock=virtual")
    #expect(alone.status == 64 && alone.errors.contains("asks for image 36"), "\(alone.errors)")
  }

  @Test func `unpack takes a dump of the kernel apart as ramdump does a device`() throws {
    let dumped = try BuiltProgram.run(
      "qcom", "sahara", "ramdump", "-o", folder.file("device"), "--json", "--device", Self.crashed)
    #expect(dumped.status == 0, "\(dumped.errors)")
    let regions = dumped.events.filter { $0["event"] as? String == "region" }
    var table: [UInt8] = []
    var data: [UInt8] = []
    for region in regions {
      let name = try #require(region["file"] as? String)
      let base = try #require((region["base"] as? String).flatMap { UInt64($0.dropFirst(2), radix: 16) })
      let bytes = try folder.bytes(of: "device/" + name)
      for word in [1, base, UInt64(bytes.count)] { table += SignedLoader.little(word, 8) }
      for text in [region["description"] as? String ?? "", name] {
        table += Array(text.utf8.prefix(20)) + [UInt8](repeating: 0, count: max(0, 20 - text.utf8.count))
      }
      data += bytes
    }
    let header = [0x1234_5678_90AB_CDEF, 1, UInt64(data.count), UInt64(table.count)].flatMap {
      SignedLoader.little($0, 8)
    }
    let path = try folder.write(header + table + data, to: "kernel.dump")
    let inspected = try BuiltProgram.run("image", "inspect", path)
    #expect(inspected.status == 0 && inspected.output.contains("memory dump of the Linux kernel, 9 regions"))
    let unpacked = try BuiltProgram.run("qcom", "sahara", "unpack", path, "-o", folder.file("kernel"))
    #expect(unpacked.status == 0, "\(unpacked.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("device"))
    #expect(names.contains("minidump.elf"))
    for name in names { #expect(try folder.bytes(of: "kernel/" + name) == folder.bytes(of: "device/" + name)) }
    let cut = try folder.write(header + table + data.dropLast(), to: "cut.dump")
    #expect(try BuiltProgram.run("image", "inspect", cut).status == 65)
    let partial = try BuiltProgram.run("qcom", "sahara", "unpack", cut, "-o", folder.file("cut"))
    #expect(partial.status == 65 && partial.errors.contains("1 of 9 regions are missing"), "\(partial.errors)")
    #expect(try folder.bytes(of: "cut/OCIMEM.BIN") == folder.bytes(of: "device/OCIMEM.BIN"))
  }
}

/// An ELF64 file with headers, a hash segment of version 5 and one segment of code.
private struct SignedLoader {
  /// As far as anybody looks at it here: an element with something in it.
  static let root: [UInt8] = [0x30, 3, 1, 2, 3]
  let bytes: [UInt8]

  init(softwareID: Int = 3) {
    let unit = Array("01 000000000000000\(softwareID) SW_ID".utf8)
    func der(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
      [tag, UInt8(content.joined().count)] + content.joined()
    }
    let subject = der(0x30, der(0x31, der(0x30, der(0x06, [0x55, 0x04, 0x0B]), der(0x13, unit))))
    let signed = der(0x30, der(0xA0, der(2, [2])), der(2, [1]), der(0x30), der(0x30), der(0x30), subject)
    let chain = der(0x30, signed) + der(0x30) + Self.root
    let code = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let hashSegmentByteCount = 40 + 96 + chain.count
    var header: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    header += Self.little(2, 2) + Self.little(0xB7, 2) + Self.little(1, 4)
    header += Self.little(0x1480_0000, 8) + Self.little(64, 8) + Self.little(0, 12)
    header += [64, 56, 3, 0, 0, 0].flatMap { Self.little($0, 2) }
    for (type, flags, offset, address, count) in [
      (0, 0x0700_0000, 0, 0, 64 + 3 * 56), (0, 0x0220_0000, 0x1000, 0, UInt64(hashSegmentByteCount)),
      (1, 5, 0x2000, 0x1480_0000, UInt64(code.count)),
    ] as [(UInt64, UInt64, UInt64, UInt64, UInt64)] {
      header += Self.little(type, 4) + Self.little(flags, 4)
      header += [offset, address, address, count, count, 4096].flatMap { Self.little($0, 8) }
    }
    var hashes = [0, 5, 0, 0, 0, 96, 0, 0, 0, UInt64(chain.count)].flatMap { Self.little($0, 4) }
    hashes += Self.digest(header) + [UInt8](repeating: 0, count: 32) + Self.digest(code) + chain
    let gap = [UInt8](repeating: 0, count: 0x1000 - header.count)
    bytes = header + gap + hashes + [UInt8](repeating: 0, count: 0x1000 - hashes.count) + code
  }

  static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) : 0 }
  }

  static func sha256(_ bytes: [UInt8]) -> String {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal()
  }

  static func sha384(_ bytes: [UInt8]) -> String {
    var digest = SHA384Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal()
  }

  private static func digest(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array(sha256(bytes).utf8)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
    }
  }
}
