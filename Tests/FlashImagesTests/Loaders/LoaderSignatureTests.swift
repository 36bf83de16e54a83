import FlashImages
import Testing
import WireFormat

@Suite struct `Signatures of loaders` {
  private static func der(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
    let bytes = content.flatMap { $0 }
    guard bytes.count >= 0x80 else { return [tag, UInt8(bytes.count)] + bytes }
    return [tag, 0x82, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
  }

  /// The outline of a certificate whose subject has these organisational units.
  static func certificate(_ units: [String], hasVersion: Bool = true) -> [UInt8] {
    let subject = units.map { unit in
      der(0x31, der(0x30, der(0x06, [0x55, 0x04, 0x0B]), der(0x13, Array(unit.utf8))))
    }
    let country = der(0x31, der(0x30, der(0x06, [0x55, 0x04, 0x06]), der(0x13, Array("US".utf8))))
    let version = hasVersion ? der(0xA0, der(0x02, [2])) : []
    let signed = der(
      0x30, version, der(0x02, [1]), der(0x30), der(0x30, country), der(0x30),
      der(0x30, country + subject.flatMap { $0 }),
      der(0x30, [UInt8](repeating: 7, count: 300)))
    return der(0x30, signed, der(0x30), der(0x03, [0, 1, 2]))
  }

  private static let units = [
    "01 0000000200000003 SW_ID", "02 008050E10017BF01 HW_ID", "04 0017 OEM_ID", "06 BF01 MODEL_ID", "07 0001 SHA256",
  ]

  /// A hash segment of version 3 or 5 whose sizes are right.
  private static func segment(version: UInt32, chain: [UInt8], hashes: Int = 64, signature: Int = 256) -> [UInt8] {
    var bytes: [UInt8] = []
    for word in [
      0, version, version == 5 ? 16 : 0x1234, version == 5 ? 32 : 0x5678, 0, UInt32(hashes), .max, UInt32(signature),
      .max,
      UInt32(chain.count),
    ] as [UInt32] { bytes.append(littleEndian: word) }
    return bytes + [UInt8](repeating: 0xAB, count: hashes + (version == 5 ? 48 : 0) + signature) + chain
  }

  private static func file(_ segment: [UInt8]) throws -> LoaderFile {
    var bytes = LoaderSamples.elf64(code: segment)
    bytes.replaceSubrange(124..<128, with: [0, 0, 0x20, 0x02])
    return try LoaderFile(MemoryBytes(bytes))
  }

  @Test(arguments: [3, 5] as [UInt32], [true, false])
  func `certificates tell what the image is and whom it is for`(version: UInt32, hasVersion: Bool) throws {
    let certificates = [
      Self.certificate(Self.units, hasVersion: hasVersion), Self.certificate(["CA"]), Self.certificate(["root"]),
    ]
    let chain = certificates.flatMap { $0 }
    let segment = Self.segment(version: version, chain: chain + [UInt8](repeating: 0xFF, count: 100))
    let file = try Self.file(segment)
    #expect(
      file.facts
        == SigningFacts(softwareID: 0x2_0000_0003, hardwareID: 0x8050_E100_17BF_01, oemID: 0x17, modelID: 0xBF01))
    let signer = try #require(file.signer)
    #expect(signer.algorithm == .sha256 && signer.chain.certificates.count == 3)
    let root = try #require(signer.chain.root)
    #expect(try file.bytes.bytes(at: root.lowerBound, atMost: 4096, length: root.upperBound) == certificates[2])
    // The upper half is the image's version.
    #expect(file.remarks.isEmpty)
  }

  @Test func `only a chain of three has a root`() throws {
    for count in [0, 1, 2, 4, 5] {
      let chain = (0..<count).flatMap { _ in Self.certificate(Self.units) }
      let file = try Self.file(Self.segment(version: 5, chain: chain))
      #expect(file.signer?.chain.certificates.count == (count == 0 ? nil : count))
      #expect(file.signer?.chain.root == nil)
    }
  }

  @Test func `metadata and the hash algorithm of versions 6 and 7`() throws {
    var six = try #require(Hex.bytes(LoaderSamples.hashHeaders[1].bytes))
    for word in [0, 0, 3, 0x000A_50E1, 0x72, 1] as [UInt32] { six.append(littleEndian: word) }
    six += [UInt8](repeating: 0, count: 120 - 24 + 0x90 + 0x68)
    let certificates = [Self.certificate([]), Self.certificate([]), Self.certificate([])].flatMap { $0 }
    six += certificates + [UInt8](repeating: 0xFF, count: 0x200 - 0)
    six.replaceSubrange(
      36..<40, with: [UInt8(truncatingIfNeeded: certificates.count), UInt8(certificates.count >> 8), 0, 0])
    let file = try Self.file(six)
    #expect(file.facts == SigningFacts(softwareID: 3, hardwareID: 0x000A_50E1, oemID: 0x72, modelID: 1))
    #expect(file.signer?.algorithm == .sha384 && file.signer?.chain.root != nil)
    guard case .elf(let elf) = file.kind else { Issue.record("no ELF file"); return }
    let hashes: Range<UInt64> = 4096 + 48 + 120..<4096 + 48 + 120 + 0x90
    #expect(elf.hashTable?.hashes == hashes)

    for (algorithm, expected) in [(2, .sha256), (3, .sha384)] as [(UInt8, MBNHashHeader.HashAlgorithm)] {
      var seven = try #require(Hex.bytes(LoaderSamples.hashHeaders[2].bytes))
      seven[56] = algorithm
      seven += [UInt8](repeating: 0, count: 0xE0 + 0x90 + 0x68 + 0x200)
      guard case .elf(let elf) = try Self.file(seven).kind else { Issue.record("no ELF file"); return }
      #expect(elf.hashTable?.algorithm == expected && elf.hashTable?.softwareID == 3)
      let hashes: Range<UInt64> = 4096 + 64 + 0xE0..<4096 + 64 + 0xE0 + 0x90
      #expect(elf.hashTable?.hashes == hashes)
    }
  }

  @Test func `a chain that is damaged anywhere is read as far as it goes`() throws {
    let chain = Self.certificate(Self.units) + Self.certificate(["CA"]) + Self.certificate(["root"])
    for offset in chain.indices {
      for value in [0, 0x7F, 0x80, 0x84, 0xFF] as [UInt8] {
        var damaged = chain
        damaged[offset] = value
        let file = try Self.file(Self.segment(version: 5, chain: damaged))
        #expect((file.signer?.chain.certificates.count ?? 0) <= 200)
      }
    }
    for count in stride(from: 0, to: chain.count, by: 7) {
      let file = try Self.file(Self.segment(version: 5, chain: Array(chain.prefix(count))))
      #expect(file.signer?.chain.root == nil)
    }
  }

  @Test func `sizes that lead out of the segment are passed over`() throws {
    for place in [8, 12, 20, 28, 36] {
      var segment = Self.segment(version: 5, chain: Self.certificate(Self.units))
      segment.replaceSubrange(place..<place + 4, with: [0xFF, 0xFF, 0xFF, 0xFF])
      #expect(try Self.file(segment).signer == nil)
    }
  }

  @Test func `an MBN image has its certificates behind code and signature`() throws {
    let chain = Self.certificate(["01 0000000000000007 SW_ID"]) + Self.certificate([]) + Self.certificate([])
    var bytes: [UInt8] = []
    for word in [
      13, 3, 0, 0x2A00_0000, UInt32(0x40 + chain.count), 0x20, 0, 0x20, 0, UInt32(chain.count),
    ] as [UInt32] { bytes.append(littleEndian: word) }
    let file = try LoaderFile(MemoryBytes(bytes + [UInt8](repeating: 1, count: 0x40) + chain))
    #expect(file.facts.softwareID == 7 && file.remarks == [.otherSoftware(id: 7)])
    #expect(file.signer?.chain.root?.upperBound == UInt64(40 + 0x40 + chain.count))
  }
}
