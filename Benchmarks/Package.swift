// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

// A package of its own, which sees only what flashctl's modules make public and which a plain `swift build` never builds.
let package = Package(
  name: "flashctl-benchmarks",
  dependencies: [.package(name: "flashctl", path: "..")],
  targets: [
    .executableTarget(
      name: "Microbenchmarks",
      dependencies: ["WireFormat", "Digests", "MkII"].map { .product(name: $0, package: "flashctl") },
      swiftSettings: settings),
    .executableTarget(
      name: "LinkBenchmarks",
      dependencies: ["FlashCore", "FlashImages", "USBTransport", "USBWire"].map {
        .product(name: $0, package: "flashctl")
      },
      swiftSettings: settings),
  ]
)
