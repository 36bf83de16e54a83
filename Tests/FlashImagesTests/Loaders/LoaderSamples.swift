import WireFormat

/// Small loaders for tests.
enum LoaderSamples {
  /// An ELF64 file of a header, one hash segment without content and one segment of code at 0x1000.
  static func elf64(code: [UInt8], address: UInt64 = 0x1480_0000) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    bytes.append(littleEndian: 2 as UInt16)
    bytes.append(littleEndian: 0xB7 as UInt16)
    bytes.append(littleEndian: 1 as UInt32)
    for word in [address, 64, 0] { bytes.append(littleEndian: word) }
    bytes.append(littleEndian: 0 as UInt32)
    for field in [64, 56, 2, 0, 0, 0] as [UInt16] { bytes.append(littleEndian: field) }
    for (type, flags, offset, place, count) in [
      (0, 0x0700_0000, 0, 0, 176), (1, 5, 0x1000, address, UInt64(code.count)),
    ] as [(UInt32, UInt32, UInt64, UInt64, UInt64)] {
      bytes.append(littleEndian: type)
      bytes.append(littleEndian: flags)
      for word in [offset, place, place, count, count, 0x1000] { bytes.append(littleEndian: word) }
    }
    return bytes + [UInt8](repeating: 0, count: 0x1000 - bytes.count) + code
  }

  /// The archive of docs/protocols/sahara.md 3.4.
  static let archive =
    Hex.bytes(
      """
      30 37 30 37 30 31 30 30 30 30 30 30 30 31 30 30 30 30 38 31 41 34 30 30 30 30 30 30 30 30 30 30
      30 30 30 30 30 30 30 30 30 30 30 30 30 31 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 35 30 30
      30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30
      30 30 30 30 30 43 30 30 30 30 30 30 30 30 31 33 3a 70 72 6f 67 2e 65 6c 66 00 00 00 41 42 43 44
      45 00 00 00 30 37 30 37 30 31 30 30 30 30 30 30 30 30 30 30 30 30 38 31 41 34 30 30 30 30 30 30
      30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 31 30 30 30 30 30 30 30 30 30 30 30 30 30 30
      30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30
      30 30 30 30 30 30 30 30 30 42 30 30 30 30 30 30 30 30 54 52 41 49 4c 45 52 21 21 21 00 00 00 00
      """) ?? []

  /// The Intel HEX text of qualcomm-packages.md 12.
  static let hex = """
    :020000042A00D0
    :10000000000102030405060708090A0B0C0D0E0F78
    :08FFF8000001020304050607E5
    :020000042A01CF
    :04000000AAAAAAAA54
    :040000052A000000CD
    :00000001FF

    """

  static let shortMBN =
    Hex.bytes(
      "0d000000 03000000 00000000 0000002a 40010000 20000000 2000002a 20000000 4000002a 00010000") ?? []

  static let longMBN =
    (Hex.bytes(
      "d1dc4b84 3410d773 0d000000 ffffffff ffffffff 50000000 50c000f8 00100000 00100000 50d000f8 00000000 50d000f8"
        + "00000000 01000000 01000000") ?? []) + [UInt8](repeating: 0xFF, count: 20)

  static let hashHeaders: [(version: UInt32, bytes: String)] = [
    (5, "00000000 05000000 00000000 00000000 60030000 60000000 ffffffff 00010000 ffffffff 00020000"),
    (
      6,
      "00000000 06000000 00000000 00000000 f8020000 90000000 ffffffff 68000000 ffffffff 00020000 00000000 78000000"
    ),
    (
      7,
      "00000000 07000000 18000000 00000000 e0000000 90000000 00000000 00000000 68000000 00020000 00000000 00000000"
        + "03000000 00000000 03000000 00000000"
    ),
  ]
}
