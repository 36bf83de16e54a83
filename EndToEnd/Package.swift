// swift-tools-version: 6.2
import PackageDescription

// A package of its own, which sees only what flashctl's modules make public and which a plain `swift build` never
// builds. scripts/e2e/run-usbproof.sh runs usbproof in the virtual machine ('make e2e').
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "flashctl-end-to-end",
  dependencies: [.package(name: "flashctl", path: "..")],
  targets: [
    .executableTarget(
      name: "usbproof",
      dependencies: ["DeviceSimulator", "USBTransport", "FlashCore", "FlashImages", "USBWire", "WireFormat"].map {
        .product(name: $0, package: "flashctl")
      },
      swiftSettings: settings)
  ]
)
