import FlashImages

/// What one image of a test's container holds.
struct TestImage {
  var type: String
  var content: [UInt8]
  var version: String?
  var devices: [FIASCODeviceEntry] = []
  var layout: [UInt8]?
}

extension TemporaryFolder {
  /// Writes a FIASCO file of these images.
  func container(_ name: String, _ images: [TestImage]) throws -> String {
    var described: [FIASCONewImage] = []
    for (index, image) in images.enumerated() {
      let data = file("\(name)-\(index).data", image.content)
      described.append(
        try FIASCONewImage(
          type: image.type, version: image.version, devices: image.devices, layout: image.layout,
          content: .stream(FileImageSource(path: data))))
    }
    try FIASCOWriter(release: "TEST").write(described, to: path + "/" + name, replacing: true)
    return path + "/" + name
  }
}
