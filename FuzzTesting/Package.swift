// swift-tools-version: 6.2
import PackageDescription

// A package of its own, which sees only what flashctl's modules make public and which a plain `swift build` never
// builds. Each target whose name begins with Fuzz is a libFuzzer program; run.sh builds and runs them all.
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

func fuzzer(_ name: String, _ modules: [String]) -> Target {
  .executableTarget(
    name: name,
    dependencies: ["LibFuzzer"] + modules.map { .product(name: $0, package: "flashctl") },
    swiftSettings: settings)
}

let package = Package(
  name: "flashctl-fuzzers",
  dependencies: [.package(name: "flashctl", path: "..")],
  targets: [
    .target(name: "LibFuzzer", swiftSettings: settings),
    fuzzer("FuzzFIASCO", ["FlashImages", "WireFormat"]),
    fuzzer("FuzzSparse", ["FlashImages", "WireFormat"]),
    fuzzer("FuzzGPT", ["FlashImages", "WireFormat"]),
    fuzzer("FuzzCompression", ["FlashImages", "WireFormat"]),
    fuzzer("FuzzMkIIPackets", ["MkII", "FlashImages", "WireFormat"]),
    fuzzer("FuzzMkIISession", ["MkII", "FlashCore", "WireFormat"]),
    fuzzer("FuzzXML", ["WireFormat"]),
    fuzzer("FuzzFirehose", ["Qualcomm", "FlashCore", "FlashImages", "WireFormat"]),
    fuzzer("FuzzFirehoseSimulator", ["DeviceSimulator", "USBWire", "WireFormat"]),
    fuzzer("FuzzPackages", ["FlashImages", "WireFormat"]),
    fuzzer("FuzzScatter", ["FlashImages", "WireFormat"]),
    fuzzer("FuzzAgents", ["FlashImages", "WireFormat"]),
    fuzzer("FuzzBootROM", ["MediaTek", "DeviceSimulator", "USBWire", "WireFormat"]),
    fuzzer("FuzzXFlash", ["MediaTek", "WireFormat"]),
    fuzzer("FuzzXMLAgent", ["MediaTek"]),
    fuzzer("FuzzSahara", ["Qualcomm", "FlashCore", "FlashImages", "WireFormat"]),
  ]
)
