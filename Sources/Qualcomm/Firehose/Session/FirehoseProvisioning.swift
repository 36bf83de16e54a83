public import WireFormat

/// Why a layout for UFS storage is not written.
public enum FirehoseProvisioningError: Error, Equatable, Sendable {
  case xml(XMLError)
  case element(FirehoseMessageError)
  /// An element that has no place in such a file.
  case unknownElement(String, line: Int)
  /// There has to be one `bNumberLU`, at least one `LUNum`, and one `commit`, in this order.
  case incomplete(devices: Int, units: Int, commits: Int)
  case wrongOrder(line: Int)
  case repeatedUnit(UInt64)
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
    for element in document.roots.flatMap({ $0.isNamed(FirehoseUFS.elementName) ? [$0] : $0.children }) {
      guard element.isNamed(FirehoseUFS.elementName) else {
        throw .unknownElement(element.name, line: element.position.line)
      }
      do throws(FirehoseMessageError) { elements.append(try FirehoseUFS(parsing: element)) } catch {
        throw .element(error)
      }
      if let last = elements.dropLast().last?.kind, Self.rank(last) > Self.rank(elements[elements.count - 1].kind) {
        throw .wrongOrder(line: element.position.line)
      }
    }
    let devices = elements.filter { $0.kind == .device }
    let commits = elements.filter { $0.kind == .commit }
    units = elements.filter { $0.kind == .unit }
    guard devices.count == 1, commits.count == 1, !units.isEmpty else {
      throw .incomplete(devices: devices.count, units: units.count, commits: commits.count)
    }
    device = devices[0]
    commit = commits[0]
    var seen: Set<UInt64> = []
    for unit in units {
      guard seen.insert(unit.number("LUNum")).inserted else { throw .repeatedUnit(unit.number("LUNum")) }
    }
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
