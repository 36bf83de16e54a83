extension EDLSettings {
  /// The knobs of a model whose defaults are `it`.
  static func knobs(_ it: EDLSettings) -> [KnobBinding<EDLSettings>] {
    usb(it) + sahara(it) + sequel(it) + storage(it) + programmer(it) + answers(it)
  }

  private static func usb(_ it: EDLSettings) -> [KnobBinding<EDLSettings>] {
    [
      .init("vendor-id", \.vendorID, of: it, "idVendor"),
      .init("product-id", \.productID, of: it, "idProduct"),
      .init("interface-protocol", \.interfaceProtocol, of: it, "bInterfaceProtocol"),
      .init("interface-number", \.interface, of: it, "bInterfaceNumber"),
      .init("input-endpoint", \.inputEndpoint, of: it, "number of the bulk IN endpoint"),
      .init("output-endpoint", \.outputEndpoint, of: it, "number of the bulk OUT endpoint"),
      .init("packet-size", \.packetSize, of: it, "wMaxPacketSize; 1024 is super speed"),
      .init("product-string", optional: \.productString, default: it.product, "iProduct"),
      .init(
        "chip-serial", \.chipSerialNumber, of: it, "the chip's serial number, also in iProduct and in the first logs"),
    ]
  }

  private static func sahara(_ it: EDLSettings) -> [KnobBinding<EDLSettings>] {
    [
      .init("version", \.version, of: it, "Sahara version in HELLO"),
      .init("version-min", \.minimumVersion, of: it, "lowest Sahara version that it accepts"),
      .init("max-command", \.maximumCommand, of: it, "max_cmd_len in HELLO"),
      .init("hello-mode", \.helloMode, of: it, "mode that HELLO asks for"),
      .init("images", \.images, of: it, "ids of the images that it wants, in order"),
      .init("hello-between", \.saysHelloBetweenImages, of: it, "whether HELLO comes before every image"),
      .init("read-width", \.imageWidth, of: it, "width of the requests for image data, in bits"),
      .init("read-chunk", \.piece, of: it, "bytes of a loader that it asks for at once"),
      .init("done-status", \.done, of: it, "what it says when all images are there; old ROMs say 'pending'"),
      .init("command-mode", \.hasCommandMode, of: it, "whether Sahara has command mode"),
      .init("hardware-id", \.hardwareID, of: it, "MSM_ID, OEM_ID and MODEL_ID"),
      .init("chip-id-v3", \.tellsChipID, of: it, "whether it tells the hardware id by command 0A in place of 02"),
      .init("key-hash", \.keyHash, of: it, "hash of the OEM's public key; empty refuses the command"),
      .init("key-hash-repetitions", \.keyHashRepetitions, of: it, "how often the hash stands in the answer"),
      .init("answer-command", \.answers, of: it, "answers to further client commands, or in place of its own"),
      .init("refuse-command", \.refusals, of: it, "client commands that are refused, with their status"),
      .init("state-machine-reset", \.knowsStateMachineReset, of: it, "whether it knows RESET_STATE_MACHINE"),
      .init("sahara-zlp", \.endsSaharaData, of: it, "whether answers in command mode are ended by a ZLP"),
    ]
  }

  private static func sequel(_ it: EDLSettings) -> [KnobBinding<EDLSettings>] {
    [
      .init("programmer", \.programmer, of: it, "what runs after Sahara"),
      .init("reenumerates", \.reenumerates, of: it, "whether it leaves the bus between Sahara and the programmer"),
      .init("next-mode", \.nextMode, of: it, "where the programmer's reset leads"),
      .init("sahara-reset", \.saharaReset, of: it, "where Sahara's RESET leads"),
      .init("reboot-delay", \.rebootDelay, of: it, "time it stays away when it comes back"),
      .init("power-delay-limit", \.firehose.longestPowerDelay, of: it, "longest DelayInSeconds that is really waited"),
    ]
  }

  private static func storage(_ it: EDLSettings) -> [KnobBinding<EDLSettings>] {
    let sizes = (0..<8).map { number in
      KnobBinding<EDLSettings>(
        "lun\(number)-size", optional: \.sizes[number], default: "the model's", "bytes of physical partition \(number)")
    }
    return [
      .init("memory", \.firehose.memory, of: it, "what the storage is"),
      .init("sector-size", \.sectorSize, of: it, "bytes of a sector, or of a page"),
      .init("sectors", optional: \.sectors, default: "the model's", "sectors of physical partition 0"),
      .init("luns", optional: \.sectionCount, default: "the model's", "number of physical partitions"),
    ] + sizes + [
      .init("slots", \.firehose.slotCount, of: it, "number of storage devices of the kind, each with all partitions"),
      .init("provisioned", \.firehose.isProvisioned, of: it, "whether the UFS has been provisioned"),
      .init("erase-block", \.eraseBlock, of: it, "bytes of an erase block (NAND)"),
      .init("bad-blocks", \.firehose.badBlocks, of: it, "numbers of bad erase blocks (NAND)"),
      .init("protected", \.firehose.protectedRanges, of: it, "sectors that cannot be written"),
    ]
  }

  private static func programmer(_ it: EDLSettings) -> [KnobBinding<EDLSettings>] {
    [
      .init("log-style", \.firehose.logStyle, of: it, "logs with INFO:, without, or no start-up logs at all"),
      .init("functions", \.firehose.functions, of: it, "commands that it has"),
      .init("startup-delay", \.firehose.startDelay, of: it, "time from Sahara to the first log"),
      .init("banner-again", \.firehose.repeatsBanner, of: it, "whether the start-up logs come again after configure"),
      .init(
        "logs-after-response", \.firehose.logsAfterResponse, of: it,
        "whether a log follows each response, and nothing is accepted until it has been read"),
      .init("max-payload", \.firehose.maximumPayload, of: it, "largest raw chunk from the host"),
      .init("raw-chunk", optional: \.firehose.rawChunk, default: "the payload", "bytes of a raw chunk to the host"),
      .init(
        "zlp", \.firehose.zlp, of: it, "when raw chunks to the host end with a ZLP; 'strict' wants one from it too"),
      .init("latency-ms", \.firehose.latency, of: it, "time before every answer"),
      .init("vip", \.firehose.isValidated, of: it, "validated image programming: takes only what signed tables list"),
      .init(
        "signed-table", \.firehose.requiresSignedTable, of: it,
        "whether a table without signature and certificates is refused"),
      .init("authentication", \.firehose.requiresAuthentication, of: it, "whether it wants a signature (sig) first"),
    ]
  }

  private static func answers(_ it: EDLSettings) -> [KnobBinding<EDLSettings>] {
    [
      .init("configure-answer", \.firehose.configureAnswer, of: it, "answer to the first configure"),
      .init("nop", \.firehose.nop, of: it, "answer to nop"),
      .init("storage-info", \.firehose.storageInfo, of: it, "form of getstorageinfo's answer"),
      .init("info-early", \.firehose.tellsStorageEarly, of: it, "whether getstorageinfo works before configure"),
      .init("digest", \.firehose.digestForm, of: it, "form of a digest"),
      .init("digest-ms", \.firehose.digestTime, of: it, "time a digest takes besides the computing"),
      .init("keep-alive-ms", \.firehose.keepAlive, of: it, "time between the logs of a long digest"),
      .init("erase-fill", \.firehose.eraseFill, of: it, "what erased sectors hold"),
      .init("erase-ms", \.firehose.eraseTime, of: it, "time an erase takes"),
      .init("patch-foreign-file", \.firehose.foreignPatch, of: it, "answer to a patch of another file than DISK"),
    ]
  }
}
