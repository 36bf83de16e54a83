import WireFormat

/// From the bytes of a transfer to a command.
extension FirehoseSimulation {
  /// Handles what has arrived in one transfer: one document, whose root has one element.
  mutating func handle(_ transfer: [UInt8]) {
    let text = transfer.drop { $0 <= 0x20 }
    guard !text.isEmpty else { return }
    guard transfer.count <= Self.maximumDocumentByteCount else {
      return refuse("XML is longer than \(Self.maximumDocumentByteCount) bytes")
    }
    // Documents behind the first one are read where the first has not begun a raw phase.
    for document in Self.documents(in: Array(text)) {
      guard state == .document, departure == nil else { return }
      guard let root = try? XMLDocument(parsing: document, limits: .message).root, root.isNamed("data"),
        let element = root.children.first
      else { return refuse("XML not formed correctly") }
      perform(element)
    }
  }

  /// Cuts behind each `</data>`; white space and NULs at the end are nothing.
  private static func documents(in bytes: [UInt8]) -> [[UInt8]] {
    let end = Array("</data>".utf8)
    var documents: [[UInt8]] = []
    var start = 0
    var index = 0
    while index + end.count <= bytes.count {
      if bytes[index] == end[0], bytes[index..<index + end.count].elementsEqual(end) {
        documents.append(Array(bytes[start..<index + end.count]))
        start = index + end.count
        index = start
      } else {
        index += 1
      }
    }
    let rest = Array(bytes[start...])
    if rest.contains(where: { $0 > 0x20 }) { documents.append(rest) }
    return documents
  }

  private mutating func perform(_ element: XMLElement) {
    let name = element.name.lowercased()
    if !isAuthenticated, name != "nop", name != "sig" {
      return refuse("Only nop and sig tag can be recevied before authentication.")
    }
    guard let handler = Self.handlers[name], isKnown(name) else {
      return refuse("Unknown command \(element.name.prefix(64))")
    }
    if handler.needsStorage {
      guard let configuration else { return refuse("\(element.name.prefix(64)) before configure") }
      guard configuration.hasStorage else { return refuse("OPEN handle NULL and no error, weird 1814364") }
    }
    handler.body(&self, element)
  }

  /// `configure`, `power` and `nop` are always there, `sig` where it is needed.
  private func isKnown(_ name: String) -> Bool {
    switch name {
    case "configure", "power", "nop": true
    case "sig": settings.requiresAuthentication
    case "createstoragedrives": settings.functions.contains("emmc")
    default: settings.functions.contains(name)
    }
  }

  private struct Handler: Sendable {
    /// Whether `configure` has to have opened the storage.
    var needsStorage = false
    var body: @Sendable (inout FirehoseSimulation, XMLElement) -> Void
  }

  private static let handlers: [String: Handler] = [
    "nop": Handler { $0.nop($1) },
    "configure": Handler { $0.configure($1) },
    "program": Handler(needsStorage: true) { $0.program($1) },
    "firmwarewrite": Handler(needsStorage: true) { $0.writeFirmware($1) },
    "read": Handler(needsStorage: true) { $0.read($1) },
    "erase": Handler(needsStorage: true) { $0.erase($1) },
    "zeroout": Handler(needsStorage: true) { $0.zeroOut($1) },
    "patch": Handler(needsStorage: true) { $0.patch($1) },
    "getsha256digest": Handler(needsStorage: true) { $0.digest($1, isSHA256: true) },
    "getcrc16digest": Handler(needsStorage: true) { $0.digest($1, isSHA256: false) },
    "getstorageinfo": Handler { $0.tellStorage($1) },
    "setbootablestoragedrive": Handler { $0.setBootable($1) },
    "power": Handler { $0.power($1) },
    "peek": Handler { $0.peek($1) },
    "poke": Handler { $0.poke($1) },
    "ufs": Handler { $0.provisionUFS($1) },
    "emmc": Handler { $0.provisionEMMC($1) },
    "createstoragedrives": Handler { $0.provisionEMMC($1) },
    "fixgpt": Handler(needsStorage: true) { $0.fixGPT($1) },
    "benchmark": Handler(needsStorage: true) { $0.benchmark($1) },
    "sig": Handler { $0.takeSignature($1) },
  ]
}
