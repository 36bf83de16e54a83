import DeviceSimulator
import Glibc
import Synchronization
import SystemPackage
import USBWire
import WireFormat

/// `--log`: every transfer as a JSON line in a file, written as it ends.
final class TransferLog: Sendable {
  private let path: String
  private let file: FileDescriptor
  /// Why a line could not be written; nothing is written after that.
  private let failure = Mutex<Errno?>(nil)
  private let failed: Ending

  /// `failed` comes when a line cannot be written.
  init(creating path: String, failed: Ending) throws {
    self.path = path
    self.failed = failed
    do {
      file = try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw Diagnostic.cannotWrite(path, error as? Errno ?? .ioError)
    }
  }

  deinit { try? file.close() }

  /// Adds a transfer of the device at a bus id; `nil` for the only device.
  func append(_ record: TransferRecord, of busID: String?) {
    let line = Self.line(record, of: busID) + "\n"
    failure.withLock { failure in
      guard failure == nil else { return }
      do { try file.writeAll(line.utf8) } catch {
        failure = error as? Errno ?? .ioError
        failed.come()
      }
    }
  }

  /// Throws when the log is not complete.
  func check() throws {
    if let error = failure.withLock({ $0 }) { throw Diagnostic.cannotWrite(path, error) }
  }

  /// docs/json.md, "The log of `simulate`".
  static func line(_ record: TransferRecord, of busID: String?) -> String {
    var setup: [UInt8] = []
    record.setup?.serialize(into: &setup)
    let members: [(key: String, value: JSONValue)] = [
      (key: "busID", value: .optional(busID)),
      (key: "number", value: record.number.map(JSONValue.unsigned) ?? .null),
      (key: "microseconds", value: .integer(Int64(record.time / .microseconds(1)))),
      (key: "endpoint", value: .string(Hex.string([record.endpoint.rawValue]))),
      (key: "setup", value: setup.isEmpty ? .null : .string(Hex.string(setup))),
      (key: "bytes", value: .integer(Int64(record.byteCount))),
      (key: "outcome", value: .string(record.outcome.rawValue)),
      (key: "fault", value: .optional(record.fault)),
    ]
    return JSONValue.object(members).line
  }
}
