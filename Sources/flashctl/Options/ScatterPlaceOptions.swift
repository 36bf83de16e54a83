import ArgumentParser
import FlashCore

/// A package that tells where partitions lie on a device that has no table.
struct ScatterPlaceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A scatter package that tells where the partition lies, where the device's own table does not.",
      valueName: "package"),
    completion: .file())
  var scatter: String?

  /// The place of a region: by the device's table, else by the package.
  func resolve(_ region: Region, _ context: DeviceSession.Context) async throws -> PlanExtent {
    do { return try await context.target.resolve(region) } catch StorageError.noPartition(let name) {
      guard let scatter else { throw StorageError.noPartition(name) }
      let request = PlanRequest(descriptors: [scatter], reboots: false)
      guard
        let partitions = try context.family.partitions(of: request, on: try await context.target.storage())
      else { throw Diagnostic.noDescriptor(request, family: context.target.protocolName) }
      guard let found = partitions.first(where: { $0.name.lowercased() == name.lowercased() }) else {
        throw StorageError.noPartition(name)
      }
      return found.extent
    }
  }
}
