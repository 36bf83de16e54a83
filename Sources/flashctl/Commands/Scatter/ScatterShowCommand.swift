import ArgumentParser
import FlashImages

/// `flashctl scatter show`
struct ScatterShowCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "List the entries of a scatter file: places, sizes, files, operations.",
    discussion: """
      Reads every syntax: legacy, lists of OTA packages, V1 and V2 text, XML. Places that count from the end of the storage \
      are shown as end-…; --size resolves them. Odd files are shown as far as they can be read, and what is odd is said.
      """)

  @OptionGroup var options: ScatterFileOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let package = try options.package()
    let report = ScatterReport(package.file, package: package, on: console)
    report.showFile()
    var count = 0
    let layouts = try options.layouts(of: package.file)
    for index in layouts {
      let layout = package.file.scatter.layouts[index]
      let map = ScatterMap(layout, sectorByteCount: options.sectorSize?.byteCount)
      report.show(map, layout: index, sections: options.sections(of: layout))
      count += layout.partitions.count
    }
    for remark in package.file.remarks { report.show(remark) }
    console.event(
      "result",
      [
        "status": "done", "file": .string(package.file.path), "layouts": .integer(Int64(layouts.count)),
        "partitions": .integer(Int64(count)),
      ])
  }
}
