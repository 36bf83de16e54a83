import FlashImages
import Glibc
import LibFuzzer
import WireFormat

/// Reads bytes as every descriptor of a Qualcomm package, evaluates the expressions in them, and makes backups of partition
/// tables that lie.
@main
struct FuzzPackages {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  if let document = try? PackageDocument(reading: MemoryBytes(bytes, path: "fuzz")) { use(document) }
  // Chance seldom writes a root: the same bytes inside of each.
  for root in ["data", "patches", "contents><builds_flat", "nandboot><partitions"] {
    let name = String(root.prefix { $0 != ">" })
    let inner = root.split(separator: ">").dropFirst().first.map { "</\($0)>" } ?? ""
    let text = Array("<\(root)>".utf8) + bytes + Array("\(inner)</\(name)>".utf8)
    if let document = try? PackageDocument(xml: text, path: "fuzz") { use(document) }
  }
  if let map = try? Flashmap(json: bytes, path: "fuzz") { use(map, String(decoding: bytes.suffix(16), as: UTF8.self)) }
  evaluate(String(decoding: bytes, as: UTF8.self))
  readPaths(String(decoding: bytes, as: UTF8.self))
  useTable(bytes)
  backUp(bytes)
  return 0
}

private func use(_ document: PackageDocument) {
  switch document {
  case .program(let file):
    for element in file.elements {
      LibFuzzer.require(element.place.line.map { $0 >= 1 } == true, "every element has a line")
      check(element)
    }
  case .contents(let file):
    for entry in file.entries {
      LibFuzzer.require(!entry.path.hasPrefix("/") && !entry.path.hasPrefix("../"), "no entry leaves the package")
    }
    for selection in file.selections {
      _ = file.programmers(for: selection)
      _ = file.places(of: "boot.img", for: selection)
      _ = try? file.select(selection.description)
    }
    _ = try? file.select(nil)
  case .flashmap(let map): use(map, nil)
  default: break
  }
}

private func check(_ element: ProgramElement) {
  switch element.action {
  case .patch(let patch):
    LibFuzzer.require((1...8).contains(patch.byteCount), "patches have 1 to 8 bytes")
    evaluate(patch.value.text)
  case .erase(let erase):
    LibFuzzer.require(erase.isWholeDrive || erase.area.sectorCount.constant != 0, "no erase of nothing is everything")
  case .program(let program): evaluate(program.area.start.text)
  default: break
  }
}

private func use(_ map: Flashmap, _ selector: String?) {
  for layout in map.layouts {
    for file in layout.programmables.flatMap(\.files) + layout.programmers.map(\.path) {
      LibFuzzer.require(!file.hasPrefix("/") && !file.hasPrefix("../"), "no file leaves the package")
    }
    _ = try? map.select(layout.name)
  }
  _ = try? map.select(selector)
}

/// What parses has a value or a reason, and its text parses to the same again.
private func evaluate(_ text: String) {
  guard let expression = try? DiskExpression(parsing: text) else { return }
  LibFuzzer.require((try? DiskExpression(parsing: expression.text)) == expression, "the text says the same again")
  for sectors in [nil, 0, 20480, UInt64.max] as [UInt64?] {
    let plain = try? expression.evaluate(sectors: sectors, blocks: 100)
    let ranges = try? expression.checksumRanges(sectors: sectors, blocks: 100)
    if !expression.containsCRC32 { LibFuzzer.require(plain == nil || ranges == [], "no checksum without CRC32") }
    if !expression.usesDiskSize, !expression.containsCRC32 {
      LibFuzzer.require(plain == expression.constant, "constants do not depend on the disk")
    }
  }
}

private func readPaths(_ text: String) {
  guard let plain = PackagePath.normalized(text) else { return }
  LibFuzzer.require(PackagePath.normalized(plain) == plain, "normal paths stay as they are")
  LibFuzzer.require(!plain.hasPrefix("/"), "normal paths are relative")
  let selector = PackageSelector(text) { _ in false }
  LibFuzzer.require(text.hasPrefix(selector.path), "a selector stands behind its path")
}

private func useTable(_ bytes: [UInt8]) {
  guard let table = try? NANDPartitionTable(parsing: bytes.rawSpan) else { return }
  var again: [UInt8] = []
  table.serialize(into: &again)
  LibFuzzer.require((try? NANDPartitionTable(parsing: again.rawSpan)) == table, "tables survive writing")
}

/// Every entry's numbers come from the fuzzer.
private func backUp(_ bytes: [UInt8]) {
  var numbers: [UInt64] = []
  for offset in stride(from: 0, to: bytes.count - 7, by: 8) {
    if let number = try? bytes.rawSpan.load(littleEndian: UInt64.self, at: offset) { numbers.append(number) }
  }
  guard numbers.count >= 5 else { return }
  var table = GPTTable(
    sectorByteCount: 512, diskGUID: .zero, firstUsableLBA: numbers[0], lastUsableLBA: numbers[1],
    entries: [GPTEntry](repeating: GPTEntry(), count: 4), primaryArrayLBA: numbers[2])
  for index in 0..<min(4, (numbers.count - 3) / 2) {
    table.entries[index].type = .linuxData
    table.entries[index].firstLBA = numbers[3 + 2 * index]
    table.entries[index].lastLBA = numbers[4 + 2 * index]
  }
  let package = BackupPackage(
    sections: [.init(number: 0, sectorByteCount: 512, sectorCount: numbers[4], table: table)])
  for piece in package.pieces {
    LibFuzzer.require(piece.fileName.isEmpty || piece.startSector <= numbers[4], "nothing is read outside the disk")
    _ = piece.byteRange
  }
  for descriptor in package.descriptors {
    let document = try? PackageDocument(xml: descriptor.bytes, path: descriptor.name)
    LibFuzzer.require(document != nil, "what is written can be read")
  }
}
