import FlashImages
import Qualcomm

/// Where the bytes of a crashed device's memory come from.
protocol RegionSource: Sendable {
  /// Hands on the bytes of a region in order. Throws `RegionUnavailable` where that region only cannot be had.
  func read(
    _ place: Int, of table: SaharaRegionTable, into sink: @escaping @Sendable ([UInt8]) throws(ImageError) -> Void
  ) async throws

  /// Whether other regions can be read after one that was not to be had.
  func goesOn(with table: SaharaRegionTable) async throws -> Bool
}

/// A region that cannot be had, and why; the others may be there.
struct RegionUnavailable: Error {
  var diagnostic: Diagnostic
}

/// The memory of a device that is there.
struct DeviceRegions: RegionSource {
  let target: QualcommTarget
  let device: String

  func read(
    _ place: Int, of table: SaharaRegionTable, into sink: @escaping @Sendable ([UInt8]) throws(ImageError) -> Void
  ) async throws {
    do throws(SaharaError) {
      try await target.read(table.regions[place], width: table.width, into: sink)
    } catch {
      guard case .memoryRefused = error else { throw error }
      throw RegionUnavailable(diagnostic: Diagnostic(error, device: device))
    }
  }

  /// The device is in its error state; the table that it shows afterwards must be the same.
  func goesOn(with table: SaharaRegionTable) async throws -> Bool { try await target.regions() == table }
}

/// Memory that the kernel has collected in a file.
struct KernelDumpRegions: RegionSource {
  let dump: SaharaKernelDump

  func read(
    _ place: Int, of table: SaharaRegionTable, into sink: @escaping @Sendable ([UInt8]) throws(ImageError) -> Void
  ) async throws {
    guard dump.isComplete(place) else {
      throw RegionUnavailable(
        diagnostic: Diagnostic(
          code: "dump.cut-off", message: "\(dump.path) ends before this region does",
          remedy: "collect the dump again, or leave the region out with --filter", exitStatus: .badData))
    }
    try dump.read(place, into: sink)
  }

  func goesOn(with table: SaharaRegionTable) async throws -> Bool { true }
}
