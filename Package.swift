// swift-tools-version: 6.2
import PackageDescription

// One set of compiler settings for every Swift target; see docs/ARCHITECTURE.md, "Toolchain settings".
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

// Tests read memory as test frameworks do; strict memory safety stays a property of what ships.
let testing: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

/// The library targets, ground floor first. Imports go down only (docs/ARCHITECTURE.md, "Modules").
let modules = [
  "WireFormat", "USBWire", "Digests", "FlashImages", "FlashCore", "USBTransport", "MkII", "MediaTek", "Qualcomm",
  "DeviceSimulator",
]

let package = Package(
  name: "flashctl",
  products: [.executable(name: "flashctl", targets: ["flashctl"])]
    + modules.map { .library(name: $0, targets: [$0]) },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // Floor 0: system libraries, and the few C functions that Swift cannot import.
    .systemLibrary(name: "CLibUSB", pkgConfig: "libusb-1.0", providers: [.apt(["libusb-1.0-0-dev"])]),
    .target(name: "CUSBShim", dependencies: ["CLibUSB"]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),

    // Floor 1: bytes and values.
    .target(name: "WireFormat", swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "USBWire", dependencies: ["WireFormat"], swiftSettings: strict),
    .target(name: "Digests", dependencies: ["CNettle"], swiftSettings: strict),

    // Floor 2: files.
    .target(
      name: "FlashImages", dependencies: ["WireFormat", "CZlib", "CLZMA", "CZstd", "CLZ4", systemPackage],
      swiftSettings: strict),

    // Floor 3: what every family shares.
    .target(
      name: "FlashCore", dependencies: ["WireFormat", "USBWire", "Digests", "FlashImages", systemPackage],
      swiftSettings: strict),

    // Floor 4: links, and one module a family.
    .target(
      name: "USBTransport",
      dependencies: ["CUSBShim", "WireFormat", "USBWire", "FlashImages", "FlashCore", systemPackage],
      swiftSettings: strict),
    .target(name: "MkII", dependencies: ["WireFormat", "USBWire", "FlashImages", "FlashCore"], swiftSettings: strict),
    .target(
      name: "MediaTek", dependencies: ["WireFormat", "USBWire", "Digests", "FlashImages", "FlashCore"],
      swiftSettings: strict),
    .target(
      name: "Qualcomm", dependencies: ["WireFormat", "USBWire", "Digests", "FlashImages", "FlashCore"],
      swiftSettings: strict),

    // Floor 5: devices that do not exist.
    .target(
      name: "DeviceSimulator",
      dependencies: [
        "WireFormat", "USBWire", "Digests", "FlashImages", "FlashCore", "MkII", "MediaTek", "Qualcomm",
        systemPackage,
      ],
      swiftSettings: strict),

    // Floor 6: the program.
    .executableTarget(
      name: "flashctl",
      dependencies: [
        "WireFormat", "USBWire", "Digests", "FlashImages", "FlashCore", "USBTransport", "MkII", "MediaTek", "Qualcomm",
        "DeviceSimulator", argumentParser, systemPackage,
      ],
      swiftSettings: strict),

    // Tests: one target a module, sessions of host against simulator, and the built program.
    .testTarget(name: "WireFormatTests", dependencies: ["WireFormat"], swiftSettings: testing),
    .testTarget(name: "USBWireTests", dependencies: ["USBWire", "WireFormat"], swiftSettings: testing),
    .testTarget(name: "DigestsTests", dependencies: ["Digests"], swiftSettings: testing),
    .testTarget(
      name: "FlashImagesTests", dependencies: ["FlashImages", "WireFormat", "Digests", systemPackage],
      swiftSettings: testing),
    .testTarget(
      name: "FlashCoreTests",
      dependencies: ["FlashCore", "FlashImages", "Digests", "USBWire", "WireFormat", systemPackage],
      swiftSettings: testing),
    .testTarget(
      name: "USBTransportTests",
      dependencies: ["USBTransport", "CUSBShim", "FlashCore", "FlashImages", "USBWire", "WireFormat", systemPackage],
      swiftSettings: testing),
    .testTarget(
      name: "MkIITests", dependencies: ["MkII", "FlashCore", "FlashImages", "USBWire", "WireFormat"],
      swiftSettings: testing),
    .testTarget(
      name: "MediaTekTests", dependencies: ["MediaTek", "FlashCore", "FlashImages", "USBWire", "WireFormat"],
      swiftSettings: testing),
    .testTarget(
      name: "QualcommTests",
      dependencies: ["Qualcomm", "Digests", "FlashCore", "FlashImages", "USBWire", "WireFormat"],
      swiftSettings: testing),
    .testTarget(
      name: "DeviceSimulatorTests",
      dependencies: [
        "DeviceSimulator", "MkII", "MediaTek", "Qualcomm", "FlashCore", "FlashImages", "Digests", "USBWire",
        "WireFormat",
        systemPackage,
      ],
      swiftSettings: testing),
    .testTarget(
      name: "SessionTests",
      dependencies: [
        "DeviceSimulator", "USBTransport", "MkII", "MediaTek", "Qualcomm", "FlashCore", "FlashImages", "USBWire",
        "WireFormat", systemPackage,
      ],
      swiftSettings: testing),
    .testTarget(
      name: "flashctlTests",
      dependencies: [
        "flashctl", "DeviceSimulator", "MkII", "MediaTek", "Qualcomm", "FlashCore", "FlashImages", "Digests",
        "USBTransport", "USBWire", "WireFormat", systemPackage,
      ], swiftSettings: testing),
  ]
)
