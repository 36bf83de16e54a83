import ArgumentParser
import FlashCore
import Qualcomm

/// The files that make a package.
struct PackageArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A folder, rawprogram*.xml and patch*.xml, contents.xml[::STORAGE], flashmap.json or a ZIP archive[::LAYOUT].",
      valueName: "package"),
    completion: .file())
  var package: [String]

  /// The package, read; a file that is none is an error that says so.
  func load(_ options: PackageOptions) throws -> QualcommPackage {
    let request = request(options)
    guard let package = try QualcommPackage(request) else { throw Diagnostic.noDescriptor(request, family: "Qualcomm") }
    return package
  }

  /// A request that asks for no reboot.
  func request(_ options: PackageOptions) -> PlanRequest {
    var request = PlanRequest(descriptors: package, reboots: false)
    request.package = options
    return request
  }
}
