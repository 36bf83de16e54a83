import Qualcomm
import USBWire
import WireFormat

/// The knobs of a simulated device in emergency download mode; each model has its own defaults.
struct EDLSettings: Sendable {
  // USB
  var vendorID = HexWord(0x05C6)
  var productID = HexWord(0x9008)
  var interfaceProtocol = InterfaceProtocolValue.old
  var interface = USBNumber(0)
  var inputEndpoint = USBNumber(1)
  var outputEndpoint = USBNumber(1)
  var packetSize = PacketSizeValue.high
  /// `nil`: with the chip's serial number in it.
  var productString: String?

  // Sahara
  var version = CrashDumpSettings.Version.two
  var minimumVersion = CrashDumpSettings.Version.one
  var maximumCommand = HexWord(0x400)
  var helloMode = HelloModeValue.pending
  var images = NumberList([SaharaImageID.programmer])
  var saysHelloBetweenImages = true
  var imageWidth = WidthValue.bits64
  var piece = ChunkSize(0x1000)
  var done = DoneValue.complete
  var hasCommandMode = true
  var chipSerialNumber = ChipSerialNumber(0x3EB3_EBC4)
  /// MSM_ID, OEM_ID and MODEL_ID.
  var hardwareID = HexNumber(0x0008_B0E1_0000_0000)
  /// Whether the hardware id is told by command 2, as before version 3, or in the chip id of command 0A.
  var tellsChipID = false
  var keyHash = HexBytes([])
  var keyHashRepetitions = UnitCount(3)
  var answers = AnswerList()
  var refusals = RefusalList()
  var knowsStateMachineReset = true
  var endsSaharaData = true

  // What follows
  var programmer = ProgrammerValue.firehose
  var reenumerates = false
  var nextMode = EDLNextMode.gone
  var saharaReset = EDLNextMode.edl
  var rebootDelay = Duration.milliseconds(500)

  // Storage
  var sectorSize = SectorSizeValue.bytes4096
  var sectors: SectorCount?
  /// How many physical partitions there are; `nil`: the model's.
  var sectionCount: UnitCount?
  var sizes: [Int: SectionSize] = [:]
  var eraseBlock = ChunkSize(128 << 10)

  var firehose = FirehoseSettings()

  var product: String { productString ?? "QUSB_BULK_CID:0404_SN:" + chipSerialNumber.knobText }

  var identity: SaharaIdentity {
    var identity = SaharaIdentity()
    identity.vendorID = vendorID.value
    identity.productID = productID.value
    identity.interfaceProtocol = interfaceProtocol.number
    identity.interface = interface.value
    identity.input = .input(inputEndpoint.value)
    identity.output = .output(outputEndpoint.value)
    identity.packetSize = packetSize
    identity.product = product
    return identity
  }

  var sahara: SaharaSettings {
    var settings = SaharaSettings()
    settings.version = version.number
    settings.minimumVersion = minimumVersion.number
    settings.maximumCommandByteCount = UInt32(maximumCommand.value)
    settings.mode = helloMode.mode
    settings.images = images.numbers
    settings.saysHelloBetweenImages = saysHelloBetweenImages
    settings.imageWidth = imageWidth.width
    settings.pieceByteCount = piece.value
    settings.hasCommandMode = hasCommandMode
    settings.knowsStateMachineReset = knowsStateMachineReset
    settings.endsData = endsSaharaData
    settings.answers = SaharaSettings.answers(
      serialNumber: chipSerialNumber.value, hardwareID: tellsChipID ? nil : hardwareID.value,
      chipID: tellsChipID ? chipID : nil, keyHash: keyHash.bytes, keyHashRepetitions: Int(keyHashRepetitions.value))
    if keyHash.bytes.isEmpty { settings.answers[.keyHash] = nil }
    settings.answers[.softwareVersion] = [1, 0, 0, 0]
    for item in answers.items { settings.answers[SaharaClientCommand(rawValue: item.command)] = item.bytes }
    var list: [UInt8] = []
    for command in settings.answers.keys.map(\.rawValue).sorted() { list.append(littleEndian: command) }
    list.append(littleEndian: SaharaClientCommand.commandList.rawValue)
    settings.answers[.commandList] = list
    for item in refusals.items {
      settings.refusals[SaharaClientCommand(rawValue: item.command)] = SaharaStatus(rawValue: item.status)
    }
    return settings
  }

  /// Chip id v3, with the manufacturer in its alternate place. Source: `docs/protocols/sahara.md` 4.2.
  private var chipID: [UInt8] {
    let msmID = UInt32(truncatingIfNeeded: hardwareID.value >> 32)
    var bytes: [UInt8] = []
    bytes.append(littleEndian: 0x600B_0100 as UInt32)
    bytes += [UInt8](repeating: 0, count: 32)
    bytes.append(littleEndian: msmID)
    bytes.append(littleEndian: 0 as UInt16)
    bytes.append(littleEndian: UInt16(truncatingIfNeeded: hardwareID.value))
    bytes.append(littleEndian: UInt16(truncatingIfNeeded: hardwareID.value >> 16))
    return bytes
  }

  /// The programmer's settings, with what it shares with the boot ROM.
  var programmerSettings: FirehoseSettings {
    var settings = firehose
    settings.chipSerialNumber = chipSerialNumber
    settings.packetByteCount = Int(packetSize.byteCount)
    settings.pagesPerBlock = max(1, eraseBlock.value / UInt64(sectorSize.byteCount))
    return settings
  }

  /// The layout with the sizes that were asked for, in whole sectors.
  func layout(_ layout: EDLLayout) -> EDLLayout {
    var result = layout
    if let count = sectionCount.map({ Int($0.value) }) {
      result.sections.removeAll { $0.number >= count }
      for number in 0..<count where !result.sections.contains(where: { $0.number == number }) {
        result.sections.append(EDLLayout.Section(number: number, byteCount: 8 << 20, content: .partitions([])))
      }
    }
    for number in sizes.keys.sorted() where !result.sections.contains(where: { $0.number == number }) {
      result.sections.append(EDLLayout.Section(number: number, byteCount: 0, content: .partitions([])))
    }
    for index in result.sections.indices {
      let number = result.sections[index].number
      if let size = sizes[number] { result.sections[index].byteCount = size.value }
      if number == 0, let sectors { result.sections[index].byteCount = sectors.value * UInt64(sectorSize.byteCount) }
      result.sections[index].byteCount -= result.sections[index].byteCount % UInt64(sectorSize.byteCount)
    }
    result.sections.sort { $0.number < $1.number }
    for slot in 1..<max(1, Int(firehose.slotCount.value)) where firehose.slotCount.value > 1 {
      result.sections += result.sections.filter { $0.slot == 0 }.map { section in
        var copy = section
        copy.slot = slot
        return copy
      }
    }
    return result
  }
}
