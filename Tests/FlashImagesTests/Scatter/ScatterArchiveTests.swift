import FlashImages
import Foundation
import Testing

@Suite struct `Scatter packages as ZIP archives` {
  private let folder = NSTemporaryDirectory() + "scatter-zip-" + UUID().uuidString.prefix(8)

  private func archive(_ members: [(String, String)]) throws -> String {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = folder + "/firmware.zip"
    let file = try OutputFile.begin(at: path, replacing: true)
    let writer = ZIPWriter(file)
    for (name, text) in members { try writer.add(name, Array(text.utf8)) }
    try writer.finish()
    try file.commit()
    return path
  }

  @Test func `the only scatter file is found wherever it lies, and its images beside it`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = try archive([
      ("phone/MT6765_Android_scatter.txt", ScatterSample.example), ("phone/BOOT.IMG", "boot"), ("readme.txt", "x"),
    ])
    let package = try ScatterPackage(path: path)
    #expect(package.file.path == path + ":phone/MT6765_Android_scatter.txt")
    let boot = try #require(package.file.scatter.layouts[0].partition(named: "boot"))
    let found = try #require(try package.find(boot))
    #expect(found.member == "phone/BOOT.IMG" && found.byteCount == 4)
    #expect(try package.image(of: boot)?.byteCount == 4)
    let userdata = try #require(package.file.scatter.layouts[0].partition(named: "userdata"))
    #expect(try package.find(userdata) == nil)
  }

  @Test func `flash xml leads to the scatter file, and several scatter files are not chosen among`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let two = [("a_scatter.txt", ScatterSample.example), ("b_scatter.txt", ScatterSample.example)]
    let path = try archive(two)
    #expect(throws: ScatterError(.severalDescriptors(["a_scatter.txt", "b_scatter.txt"]), path: path)) {
      try ScatterPackage(path: path)
    }
    let document = "<flash-mode><dagent>DA.bin</dagent><scatter>../b_scatter.txt</scatter></flash-mode>"
    let led = try archive(two + [("download_agent/flash.xml", document), ("download_agent/DA.bin", "x")])
    let package = try ScatterPackage(path: led)
    #expect(package.file.path == led + ":b_scatter.txt")
    #expect(package.agentPath == led + ":download_agent/DA.bin")
    #expect(throws: ScatterError(.noDescriptor, path: path)) { try ScatterPackage(path: archive([("x", "y")])) }
  }
}
