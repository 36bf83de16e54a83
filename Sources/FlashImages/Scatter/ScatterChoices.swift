/// What a user chose for scatter packages, beside what counts for packages of all vendors.
///
/// Source: `docs/protocols/mtk-scatter.md` 7 and 12.
public struct ScatterChoices: Equatable, Sendable {
  /// `--mode`; `nil` for what the package's own configuration says, else `download-only`.
  public var mode: ScatterMode?
  /// `--storage`: the layout that is meant where no device tells.
  public var storage: ScatterStorage?
  /// `--file NAME=PATH`: files in place of the package's.
  public var files: [String: String] = [:]
  /// `--keep`: further partitions that a firmware upgrade keeps.
  public var keep: [String] = []
  /// `--minimal`: the boot loader and what an empty device needs to get as far as fastboot.
  public var isMinimal = false
  /// `--table-only`: a firmware upgrade without any file.
  public var writesTableOnly = false
  /// `--by-name`: images go where the device's table has their partitions, whether it is the package's or not.
  public var followsDeviceTable = false
  /// `--whole-images`: the agent gets whole images and finds their partitions itself.
  public var sendsWholeImages = false
  /// `--raw-preloader`: boot loaders are written as bytes, with a header that is made here.
  public var writesRawPreloader = false
  /// `--include-boot`: formatting erases the boot sections too.
  public var includesBoot = false
  /// `--whole-chip`: formatting erases the reserved end of the storage too.
  public var erasesWholeChip = false
  /// `--ignore-checksum`: files may differ from `scatter_checksum.xml`.
  public var ignoresChecksum = false

  public init() {}
}
