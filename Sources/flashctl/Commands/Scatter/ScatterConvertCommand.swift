import ArgumentParser
import FlashImages

/// `flashctl scatter convert`
struct ScatterConvertCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a scatter file in another syntax or version.",
    discussion: """
      What the other syntax cannot say is said. Text is written with the indentation that the vendor's tools insist on and with \
      CR LF, the legacy form with LF.

        flashctl scatter convert MT6765_Android_scatter.txt MT6765_Android_scatter.xml --to xml
        flashctl scatter convert MT6833_Android_scatter.xml ufs.txt --to text --storage ufs --config-version V1.1.2
      """)

  enum Form: String, ExpressibleByArgument, CaseIterable {
    case text, xml, legacy

    var syntax: ScatterSyntax {
      switch self {
      case .text: .text
      case .xml: .xml
      case .legacy: .legacy
      }
    }
  }

  enum LineEnd: String, ExpressibleByArgument, CaseIterable {
    case lf, crlf
  }

  @OptionGroup var files: FilesOptions

  @Option(help: ArgumentHelp("The syntax to write: text, xml or legacy.", valueName: "syntax"))
  var to: Form

  @Option(help: ArgumentHelp("The config_version to write, such as V1.1.2 or V2.1.0.", valueName: "version"))
  var configVersion: String?

  @Option(help: ArgumentHelp("Only the layout for this storage: emmc, ufs or nand.", valueName: "storage"))
  var storage: ScatterStorageArgument?

  @Option(help: ArgumentHelp("The ends of lines: lf or crlf (default: crlf in text, else lf).", valueName: "end"))
  var lineEnd: LineEnd?

  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    guard files.inputs.count == 1 else { throw ValidationError("Give one scatter file to read and one to write.") }
    if let configVersion, ScatterVersion(configVersion).major == nil {
      throw ValidationError("--config-version takes a version such as V1.1.2.")
    }
    if to == .legacy, configVersion != nil || lineEnd == .crlf {
      throw ValidationError("The legacy form has no version, and its lines end with LF.")
    }
  }

  func execute(_ console: Console) async throws {
    let file = try ScatterFile(path: files.inputs[0])
    let report = ScatterReport(file, package: nil, on: console)
    for remark in file.remarks { report.show(remark) }
    let conversion = try ScatterConversion(
      file.scatter, to: to.syntax, version: configVersion.map { ScatterVersion($0) }, storage: storage?.storage)
    for loss in conversion.losses { say(loss, console) }
    if !file.vendorFacts.isEmpty { say(.settings(file.vendorFacts.map(\.key)), console) }
    let writer = ScatterWriter(to.syntax, lineEnd: lineEnd.map { $0 == .lf ? .lf : .crlf })
    let bytes = try writer.bytes(of: conversion.scatter)
    let target = try OutputFile.begin(at: files.target, replacing: files.force, inputs: files.inputs)
    try target.append(bytes)
    try target.commit()
    console.result("wrote \(files.target): \(Units.bytes(target.byteCount))")
    console.event(
      "result",
      [
        "status": "done", "file": .string(files.target), "bytes": .unsigned(target.byteCount),
        "losses": .integer(Int64(conversion.losses.count + (file.vendorFacts.isEmpty ? 0 : 1))),
      ])
  }

  private func say(_ loss: ScatterConversion.Loss, _ console: Console) {
    console.warning("\(files.inputs[0]): \(ScatterRemarkText.sentence(loss))")
    console.event(
      "loss",
      ["code": .string(ScatterRemarkText.code(loss)), "text": .string(ScatterRemarkText.sentence(loss))])
  }
}
