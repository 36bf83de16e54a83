public import WireFormat

/// Why a layout for UFS storage is not written.
public enum FirehoseProvisioningError: Error, Equatable, Sendable {
  case xml(XMLError)
  /// An element that lacks an attribute, or has one that means nothing there.
  case element(FirehoseMessageError, line: Int)
  /// An element that has no place in such a file.
  case unknownElement(String, line: Int)
  /// There has to be one `bNumberLU`, at least one `LUNum`, and one `commit`, in this order.
  case incomplete(devices: Int, units: Int, commits: Int)
  case wrongOrder(line: Int)
  case repeatedUnit(UInt64, line: Int)
  /// The file locks the layout for good, and nobody has allowed that (`--finalize-provisioning` and `--allow-fusing`).
  case locks
  /// The file locks nothing, and it was asked for.
  case locksNothing
}

/// A layout for unprovisioned UFS storage, checked. Source: `docs/protocols/firehose.md` 5.1, `qualcomm-packages.md` 13.1.
public struct FirehoseProvisioning: Equatable, Sendable {
  public let device: FirehoseUFS
  /// In the file's order.
  public let units: [FirehoseUFS]
  public let commit: FirehoseUFS

  /// `finalizes` says that locking the layout for good is wanted; it has to agree with the file.
  public init(parsing bytes: [UInt8], finalizes: Bool) throws(FirehoseProvisioningError) {
    let document: XMLDocument
    do throws(XMLError) { document = try XMLDocument(parsing: bytes) } catch { throw .xml(error) }
    var elements: [FirehoseUFS] = []
    var lines: [UInt64: Int] = [:]
    for element in document.roots.flatMap({ $0.isNamed(FirehoseUFS.elementName) ? [$0] : $0.children }) {
      guard element.isNamed(FirehoseUFS.elementName) else {
        throw .unknownElement(element.name, line: element.position.line)
      }
      let line = element.position.line
      let next: FirehoseUFS
      do throws(FirehoseMessageError) { next = try FirehoseUFS(parsing: element) } catch {
        throw .element(error, line: line)
      }
      if let last = elements.last, Self.rank(last.kind) > Self.rank(next.kind) { throw .wrongOrder(line: line) }
      if next.kind == .unit, lines.updateValue(line, forKey: next.number("LUNum")) != nil {
        throw .repeatedUnit(next.number("LUNum"), line: line)
      }
      elements.append(next)
    }
    let devices = elements.filter { $0.kind == .device }
    let commits = elements.filter { $0.kind == .commit }
    units = elements.filter { $0.kind == .unit }
    guard devices.count == 1, commits.count == 1, !units.isEmpty else {
      throw .incomplete(devices: devices.count, units: units.count, commits: commits.count)
    }
    device = devices[0]
    commit = commits[0]
    if device.locksConfiguration, !finalizes { throw .locks }
    if !device.locksConfiguration, finalizes { throw .locksNothing }
  }

  private static func rank(_ kind: FirehoseUFS.Kind) -> Int {
    switch kind {
    case .device: 0
    case .unit: 1
    case .commit: 2
    }
  }

  /// Everything in order; the end checks only, or writes.
  public func pass(writes: Bool) -> [FirehoseUFS] {
    [device] + units + [commit.setting("commit", to: writes ? 1 : 0)]
  }
}
