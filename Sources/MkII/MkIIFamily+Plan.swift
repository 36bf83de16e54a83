public import FlashCore
import FlashImages

extension MkIIFamily {
  /// Computes the hash of every image and compares it with its header's.
  public func check(_ plan: FlashPlan) throws {
    for case .write(let write) in plan.steps { try MkIIImageCheck.verify(write) }
  }

  /// A plan from FIASCO files, from `TYPE=FILE` pairs, or from both; a pair replaces the containers' images of its type.
  ///
  /// `nil` when no file is a FIASCO file and no device of this family is meant. Throws `MkIIPlanError`.
  public func plan(_ request: PlanRequest, for device: DeviceIdentity?) throws -> FlashPlan? {
    if let device, device.family != Self.name { return nil }
    let containers = try containers(of: request)
    if containers.isEmpty {
      guard request.descriptors.isEmpty, !request.pairs.isEmpty else { return nil }
      let isOurs = request.pairs.allSatisfy { FIASCOImageType.known.contains($0.region) }
      guard device != nil || isOurs else { return nil }
    }
    var planner = MkIIPlanner(request, subject: MkIIPlanSubject(device), policy: policy)
    return try planner.plan(containers: containers)
  }

  /// The descriptors as FIASCO files; none when the first is something else.
  private func containers(of request: PlanRequest) throws(MkIIPlanError) -> [FIASCOFile] {
    var files: [FIASCOFile] = []
    for (index, path) in request.descriptors.enumerated() {
      let file: FIASCOFile?
      do throws(ImageError) { file = try Self.container(at: path) } catch { throw .file(error) }
      if let file {
        files.append(file)
      } else if index == 0 {
        return []
      } else {
        throw .notFIASCO(path: path)
      }
    }
    return files
  }

  /// `nil` for what does not begin as a FIASCO file does, and for a folder, which is some other family's descriptor.
  private static func container(at path: String) throws(ImageError) -> FIASCOFile? {
    let file: RegularFile
    do throws(ImageError) { file = try RegularFile(path: path) } catch {
      if case .notAFile = error { return nil }
      throw error
    }
    guard try file.length() > 0, try file.bytes(at: 0, count: 1) == [0xB4] else { return nil }
    return try FIASCOFile(path: path, mode: .strict)
  }
}
