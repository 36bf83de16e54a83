import ArgumentParser
import FlashCore

/// REGION, as a positional argument or through `--region`, `--start` and `--length`.
struct RegionOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("PART, SECTION/PART, SECTION/START+LENGTH or SECTION.", valueName: "region"))
  var position: String?

  @Option(help: ArgumentHelp("The same as the argument.", valueName: "region")) var region: String?
  @Option(help: ArgumentHelp("With --length: a range of the section.", valueName: "offset")) var start: String?
  @Option(help: ArgumentHelp("With --start: bytes, or sectors with the suffix s.", valueName: "length"))
  var length: String?

  mutating func validate() throws { _ = try value() }

  func value() throws -> Region {
    guard let text = position ?? region, position == nil || region == nil else {
      throw ValidationError("Give one REGION: PART, SECTION/PART, SECTION/START+LENGTH or SECTION.")
    }
    guard (start == nil) == (length == nil) else { throw ValidationError("--start and --length go together.") }
    let whole = start.flatMap { start in length.map { "\(text)/\(start)+\($0)" } } ?? text
    guard let region = Region(parsing: whole) else {
      throw ValidationError(
        "'\(whole)' is no region. Examples: boot, user/boot, user/0x1000+4M, 0/34s+2048s, boot1")
    }
    return region
  }
}
