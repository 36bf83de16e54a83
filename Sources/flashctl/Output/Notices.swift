/// The sentences for notices and warnings that sessions and plans raise by code.
enum Notices {
  static func level(_ code: String) -> Console.Level {
    debugOnly.contains(code) ? .debug : .warning
  }

  private static let debugOnly: Set<String> = [
    "mkii.layout-assumed", "supported-images-assumed", "firehose.log", "firehose.started", "firehose.loading",
    "sahara.left-to-start", "brom.question-unanswered", "brom.agent", "brom.agent-rejected", "agent.by-name",
    "xml.log", "xml.no-challenge", "xml.host-commands-refused", "xflash.log", "xflash.memory-settings",
    "xflash.second-stage", "xflash.signing", "xflash.speed-switch",
  ]

  static func sentence(_ code: String, _ facts: [String: String]) -> String {
    func fact(_ name: String) -> String { facts[name] ?? "?" }
    switch code {
    case "mmc-without-layout":
      return "\(fact("subject")): sent without a layout, so the device does not learn how the eMMC is partitioned; "
        + "give one with --layout FILE"
    case "layout-unused": return "--layout was given and no raw mmc image uses it"
    case "experimental-protocol-version":
      return "the device speaks protocol version “\(fact("version"))”, whose image sending nobody has tried"
    case "unknown-product-code": return "the product code “\(fact("productCode"))” is none of the known devices'"
    case "detected-type-differs": return "\(fact("subject")): the data look like \(fact("detected"))"
    case "hardware-revision-unknown":
      return "\(fact("subject")): for certain hardware revisions, and the device's is not known"
    case "loaders-unpaired": return "\(fact("subject")) is written without \(fact("missing")), which belongs to it"
    case "supported-images-assumed": return "no device was asked: planned with the image types a \(fact("model")) takes"
    case "mkii.reboot-reply-lost":
      return "the device left before its reply to “\(fact("command"))” arrived; that counts"
    case "mkii.item-refused": return "the device refused to tell \(fact("item")) (error \(fact("code")))"
    case "mkii.begin-refused":
      return "the device refused another BEGIN (error \(fact("code"))); the image was sent all the same"
    case "mkii.layout-assumed": return "the layout of the device's replies cannot be told; \(fact("layout")) is assumed"
    case "mkii.finished-by-quiet":
      return "the device consumed everything and went quiet in state \(fact("state")), without saying that it finished"
    case "sahara.silent":
      return "the device says nothing by itself: another program may have read its first packet, or a programmer waits"
    case "sahara.other-image-id":
      return "the device asked for image \(fact("id")) (\(fact("name"))), not 13; it got the file that was given"
    case "sahara.question-refused": return "the device does not tell its \(fact("question")): status \(fact("status"))"
    case "sahara.no-command-mode": return "the device answers no questions in this mode: status \(fact("status"))"
    case "sahara.stuck":
      return "the device stays in its error state; bring it into EDL again before the next command"
    case "sahara.reset-after-failure": return "the device waited for data that will not come, and was reset"
    case "sahara.reset-reply-lost": return "the device left before its reply to RESET arrived; that counts"
    case "sahara.left-to-start": return "the device left the bus to start what it was given"
    case "sahara.left-and-back": return "the device left the bus when it was asked for its memory, and came back"
    case "brom.question-refused": return "the device does not answer \(fact("question")): status \(fact("status"))"
    case "brom.question-unanswered": return "the device does not know \(fact("question"))"
    case "brom.old-chip": return "the device tells no hardware code; its version registers are read"
    case "brom.unknown-chip":
      return "nobody has described the chip with the code \(fact("code")); its watchdog is left alone"
    case "brom.watchdog-refused":
      return "the device refused to stop its watchdog (status \(fact("status"))); it may restart by itself"
    case "brom.odd-file":
      return "\(fact("file")) does not look like a file for \(fact("option")); it is sent as it is"
    case "brom.no-authentication-needed": return "the device needs no authentication, and left \(fact("file")) alone"
    case "brom.already-authenticated": return "the device has been authenticated already"
    case "brom.agent-rejected": return "entry \(fact("entry")) of the agent file is not taken: \(fact("reason"))"
    case "brom.agent": return "sending entry \(fact("entry")) of \(fact("file")) to \(fact("address"))"
    case "brom.reset-reply-lost": return "the device left before its reply arrived; that counts"
    case "agent.by-name":
      return "the agent has no command for ranges; it finds partition \(fact("partition")) by its name"
    case "xflash.log": return "agent: \(fact("text"))"
    case "xflash.memory-settings": return "sending the memory settings of \(fact("file")) (version \(fact("version")))"
    case "xflash.second-stage": return "sending the second stage, \(fact("bytes")) bytes, to \(fact("address"))"
    case "xflash.signing": return "having a challenge of \(fact("bytes")) bytes signed"
    case "xflash.speed-switch": return "the device leaves the bus to come back at high speed"
    case "xflash.speed-stays": return "the device runs at full speed, and its agent cannot change that"
    case "xflash.shutdown-reply-lost": return "the device left before its reply to SHUTDOWN arrived; that counts"
    case "xflash.no-checksum-level":
      return "the agent knows no checksum levels and checks nothing of what it is sent; --verify reads back"
    case "xml.no-checksum-level":
      return "--checksum-level is for XFlash agents: how XML agents get checksums is not known; --verify reads back"
    case "xml.log": return "agent: \(fact("text"))"
    case "xml.interrupted": return "the agent was in the middle of an earlier command, which has been given up"
    case "xml.unknown-checksum": return "the agent names the checksum \(fact("checksum")), which cannot be sent"
    case "xml.host-commands-refused": return "the agent does not want to know what this host can do; that is no fault"
    case "xml.signature-required": return "the agent lets nobody at the storage without a signature (--sla-signer)"
    case "xml.no-challenge": return "the agent has no challenge to be signed"
    case "xml.speed-stays": return "the device runs at full speed, and its agent cannot change that"
    case "firehose.log": return "device: \(fact("text"))"
    case "firehose.started": return "the programmer runs; its commands: \(fact("functions"))"
    case "firehose.loading": return "starting the programmer: \(fact("images"))"
    case "firehose.left-without-answer": return "the device left before its reply to power arrived; that counts"
    case "firehose.erase-by-zeros": return "the programmer cannot erase; zeros are written instead"
    case "firehose.patch-by-host": return "the programmer cannot patch; the sectors are read, changed and written"
    case "firehose.backup-table":
      return "the primary partition table of \(fact("section")) is damaged; its backup is used (`flashctl gpt repair`)"
    case "package.stray-text": return "\(fact("place")): text outside of any element, ignored"
    case "package.late-declaration": return "\(fact("place")): the XML declaration is not at the beginning, ignored"
    case "package.several-roots": return "\(fact("place")): another root element; both are read"
    case "package.bare-ampersand": return "\(fact("place")): an ampersand that begins nothing, taken as itself"
    case "package.no-sector-size": return "\(fact("place")): no SECTOR_SIZE_IN_BYTES; the device's own is taken"
    case "package.disagrees":
      return "\(fact("place")): \(fact("attribute"))=“\(fact("value"))” contradicts the other attributes, ignored"
    case "package.force-erase": return "\(fact("place")): force_erase, which only --vendor-erase honours"
    case "package.unknown-version": return "\(fact("place")): version “\(fact("version"))”, read as 1.2"
    case "sparse-without-attribute":
      return "\(fact("place")): \(fact("file")) is a sparse image and is expanded; --raw writes it as it is"
    case "unpacked":
      return "\(fact("place")): \(fact("file")) is unpacked (\(fact("format"))); --raw writes it as it is"
    case "compressed-as-it-is":
      return "\(fact("place")): \(fact("file")) is compressed (\(fact("format"))) and written as it is; "
        + "a file is unpacked when its name says so: .gz, .xz, .zst, .lz4"
    case "not-sparse": return "\(fact("place")): \(fact("file")) is no sparse image, and is written as it is"
    case "truncated": return "\(fact("place")): only the beginning of \(fact("file")) fits, and is written"
    case "other-case": return "\(fact("place")): the file is called \(fact("found")), and taken"
    case "empty-file": return "\(fact("subject")): \(fact("file")) is empty, and left out"
    case "scatter.odd":
      return "\(fact("file")): \(fact("count")) odd things in it, which `flashctl scatter check` tells"
    case "scatter.battery-low":
      return "the battery has \(fact("millivolts")) mV: charge the device first, or it may go off in the middle"
    case "scatter.copies": return "copies of what only this device has go to \(fact("folder")): keep them"
    case "scatter.by-device-table":
      return
        "the package divides the storage otherwise (\(fact("differences")) differences); images go where the device's "
        + "table has their partitions"
    case "scatter.table-damaged":
      return
        "one copy of the device's partition table is damaged, and this leaves it so; --mode firmware-upgrade or `flashctl gpt "
        + "repair` mends it"
    case "scatter.differs-elsewhere":
      return
        "the package divides the storage otherwise (\(fact("differences")) differences: \(fact("names"))); what is written "
        + "lies where the device has it"
    case "scatter.other-platform":
      return "the package is for \(fact("scatter")), and the device is an \(fact("device"))"
    case "scatter.variant":
      return "the package is for \(fact("platform")); the letter behind the number cannot be compared with the device"
    case "scatter.larger-than-entry":
      return "\(fact("subject")): the image has \(fact("bytes")) bytes, more than the \(fact("room")) of its entry"
    case "scatter.without-place":
      return "\(fact("subject")): the new layout has no place for it; the copy is all that is left of it"
    case "scatter.image-brings-table":
      return "\(fact("subject")) begins at the start of the storage and brings its own partition table; none is made"
    case "several-boot-sections":
      return "boot loaders lie in sections \(fact("all")); the device is made to boot from \(fact("section")), "
        + "where \(fact("subject")) is (--bootable chooses another)"
    default:
      let details = facts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      return code.split(separator: "-").joined(separator: " ") + (details.isEmpty ? "" : " (\(details))")
    }
  }
}
