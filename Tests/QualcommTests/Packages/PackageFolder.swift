import FlashCore
import FlashImages
import Foundation
import Qualcomm
import Testing

/// A package in a folder that goes away with the test.
final class PackageFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("package-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path + "/p", withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The package's own folder.
  var package: String { path + "/p" }

  func path(_ name: String) -> String { package + "/" + name }

  @discardableResult func write(_ bytes: [UInt8], to name: String) throws -> String {
    let target = path(name)
    try FileManager.default.createDirectory(
      atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: target))
    return target
  }

  @discardableResult func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }

  func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(name)))) }

  /// A descriptor of elements.
  @discardableResult func data(_ elements: String..., name: String = "rawprogram0.xml") throws -> String {
    try write("<data>\n" + elements.joined(separator: "\n") + "\n</data>", to: name)
  }

  /// The plan for the folder, or for files in it.
  func plan(
    _ names: [String] = [], reboots: Bool = false, _ change: (inout PackageOptions) -> Void = { _ in }
  ) throws -> FlashPlan {
    try #require(try QualcommFamily().plan(request(names, reboots: reboots, change), for: nil))
  }

  func request(
    _ names: [String] = [], reboots: Bool = false, _ change: (inout PackageOptions) -> Void = { _ in }
  ) -> PlanRequest {
    var request = PlanRequest(descriptors: names.isEmpty ? [package] : names.map(path), reboots: reboots)
    change(&request.package)
    return request
  }

  /// Why there is no plan.
  func refusal(
    _ names: [String] = [], _ change: (inout PackageOptions) -> Void = { _ in }
  ) -> QualcommPlanError? {
    do {
      _ = try QualcommFamily().plan(request(names, change), for: nil)
      return nil
    } catch { return error as? QualcommPlanError }
  }

  func place(_ line: Int, _ element: String, in name: String = "rawprogram0.xml") -> PackagePlace {
    PackagePlace(path: path(name), line: line, element: element)
  }
}

/// One element, with the usual attributes.
func program(
  _ label: String, file: String = "", start: String = "34", count: String = "8", section: Int = 0, size: Int = 512,
  _ more: String = ""
) -> String {
  "<program SECTOR_SIZE_IN_BYTES=\"\(size)\" physical_partition_number=\"\(section)\" filename=\"\(file)\" "
    + "label=\"\(label)\" num_partition_sectors=\"\(count)\" start_sector=\"\(start)\" \(more)/>"
}

extension FlashPlan {
  var writes: [Write] { steps.compactMap { if case .write(let write) = $0 { write } else { nil } } }
}
