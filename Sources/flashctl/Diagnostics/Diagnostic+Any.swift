import DeviceSimulator
import FlashCore
import FlashImages
import MediaTek
import MkII
import Qualcomm

extension Diagnostic {
  /// The one way from any error to what a person and a script get to see.
  ///
  /// `device` and `step` are added where the error does not carry them already.
  init(describing error: any Error, device: String? = nil, step: String? = nil) {
    self = Self.translate(error, device: device)
    self.device = self.device ?? device
    self.step = self.step ?? step
  }

  private static func translate(_ error: any Error, device: String?) -> Diagnostic {
    switch error {
    case let error as Diagnostic: error
    case let error as PlanRunner.Failure: Diagnostic(error, device: device)
    case let error as StorageBackup.Failure: Diagnostic(error, device: device)
    case let error as PlanError: Diagnostic(error)
    case let error as StorageError: Diagnostic(error, device: device)
    case let error as ContentDiffers: Diagnostic(error, device: device)
    case let error as OpenError: Diagnostic(error, device: device)
    case let error as LinkError: Diagnostic(error, device: device)
    case let error as StreamError: Diagnostic(error, device: device)
    case let error as ImageError: Diagnostic(error)
    case let error as FIASCOWriteError: Diagnostic(error)
    case let error as GPTEditError: Diagnostic(error)
    case let error as UnsupportedOperation: Diagnostic(error, device: device)
    case let error as MkIIError: Diagnostic(error, device: device)
    case let error as MkIIPlanError: Diagnostic(error)
    case let error as BootROMError: Diagnostic(error, device: device)
    case let error as MediaTekPlanError: Diagnostic(error)
    case let error as AgentLacksCommand: Diagnostic(error, device: device)
    case let error as XFlashError: Diagnostic(error, device: device)
    case let error as XMLAgentError: Diagnostic(error, device: device)
    case let error as SaharaError: Diagnostic(error, device: device)
    case let error as FirehoseError: Diagnostic(error, device: device)
    case let error as FirehoseVIPError: Diagnostic(error)
    case let error as LoaderError: Diagnostic(error)
    case let error as PackageError: Diagnostic(error)
    case let error as ScatterError: Diagnostic(error)
    case let error as ScatterWriteError: Diagnostic(error)
    case let error as QualcommPlanError: Diagnostic(error)
    case let error as InstallerError: Diagnostic(error)
    case let error as SimulatorError: Diagnostic(error)
    case let error as VHCIError: Diagnostic(error)
    case is CancellationError: .cancelled(device: device)
    default:
      Diagnostic(
        code: "internal", message: "unexpected error: \(error)",
        remedy: "this is a bug in flashctl; please report it with the output of the same command and --trace",
        exitStatus: .internalError)
    }
  }

  /// The user, or a script's limit, ended the command before it began to change anything.
  static func cancelled(device: String?) -> Diagnostic {
    Diagnostic(
      code: "cancelled", message: "ended by a signal\(device.map { " while talking to \($0)" } ?? "")",
      exitStatus: .interrupted, device: device)
  }
}
