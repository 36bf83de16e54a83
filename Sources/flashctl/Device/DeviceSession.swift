import FlashCore
import USBTransport

/// Which device a command wants, and how long it is ready to wait.
struct DeviceRequest: Sendable {
  /// `nil` for the only one attached.
  var selector: DeviceSelector?
  /// How long to wait for it to appear; `nil` when it has to be there now.
  var arrivalLimit: Duration?
  /// Silence allowed per step, in place of the protocol's own limits.
  var stepLimit: Duration?
  /// The user's loaders, as they were written.
  var loaders: [String] = []
  /// Whether what a device asks for beyond the end of a loader is sent as FF.
  var padsLoaders = false
  /// What was said to single families.
  var familyOptions: [any FamilyOptions] = []
  /// The family that the command is about: for what says nothing by itself, a stream or a device that no family knows.
  var preferredFamily: String?
}

/// One command's time with one device: finds it, connects, hands the target on, and always closes in order.
struct DeviceSession: Sendable {
  let request: DeviceRequest
  let console: Console
  let watch: SilenceWatch

  init(_ request: DeviceRequest, _ console: Console) {
    self.request = request
    self.console = console
    watch = SilenceWatch(console: console)
  }

  init(
    _ options: DeviceOptions, _ console: Console, loaders: [String] = [], padsLoaders: Bool = false
  ) throws {
    var request = try options.request()
    request.loaders = loaders
    request.padsLoaders = padsLoaders
    self.init(request, console)
  }

  /// A session that may start a loader: the user's, else the one that the package brings which is to be flashed.
  ///
  /// `backup` is a folder that settings of memory may be in, as they are in packages.
  /// `startsOnlyIfTold` is for commands that change nothing: the environment's loader is not started by those.
  init(
    _ options: DeviceOptions, _ console: Console, _ loader: LoaderOptions, for package: PlanRequest? = nil,
    backup: String? = nil, startsOnlyIfTold: Bool = false
  ) throws {
    var request = try options.request()
    request.loaders = startsOnlyIfTold ? loader.files.loaders : loader.arguments
    if request.loaders.isEmpty, let package { request.loaders = try Planning.loaders(for: package) }
    request.padsLoaders = loader.padLoader
    let files = package ?? backup.map { PlanRequest(descriptors: [$0], reboots: false) }
    let options: [any FamilyOptions] = [try loader.settings(), try loader.agent.options(beside: files)]
    request.familyOptions = options
    request.preferredFamily =
      options.lazy.compactMap(\.familyName).first ?? Families.familyName(of: request.loaders + loader.arguments)
    self.init(request, console)
  }

  /// What the body of a session gets.
  struct Context {
    var target: any FlashTarget
    var family: any DeviceFamily
    var provider: any LinkProvider
    /// The selector that finds the device again, for messages and JSON.
    var device: String
  }

  /// Opens the chosen device and runs `body`; errors come out as a `Diagnostic` that names the device and the step.
  func run<Result: Sendable>(
    step: String, _ body: @Sendable (Context) async throws -> Result
  ) async throws -> Result {
    try await watch.watching {
      let clock = SystemLinkClock()
      let deadline = request.arrivalLimit.map { clock.now + $0 }
      while true {
        let provider = try LinkProviders.provider(for: request.selector, console: console)
        let link = try await open(provider, limit: deadline.map { $0 - clock.now })
        do {
          let result = try await run(body, on: link, provider: provider, step: step)
          await link.close()
          await provider.close()
          return result
        } catch {
          await link.close()
          await provider.close()
          guard let passed = error as? Passed else { throw error }
          guard let deadline, clock.now < deadline else { throw passed.diagnostic }
          console.info(passed.diagnostic.message + "; waiting for it to come again")
        }
      }
    }
  }

  /// A device left before anything could be asked of it, and there is time to wait for it again.
  private struct Passed: Error {
    var diagnostic: Diagnostic
  }

  private func open(_ provider: any LinkProvider, limit: Duration?) async throws -> any Link {
    if limit != nil { watch.waits(for: .arrival(of: provider.name)) }
    do {
      return try await provider.open(waitLimit: limit)
    } catch {
      var diagnostic = Diagnostic(describing: error, device: provider.name, step: "open")
      if request.arrivalLimit != nil, case .timedOut = error {
        for line in await surroundings() { console.log(.error, SafeText.line(line)) }
        diagnostic.exitStatus = .noDevice
      }
      throw diagnostic
    }
  }

  /// What there is instead of the device: on the machine's buses, or at the server that was to have it.
  private func surroundings() async -> [String] {
    guard case .usbip(let host, let port, _) = request.selector else { return Doctor().summary() }
    let server = NetworkAddress(host: host, port: port)
    do {
      let devices = try await USBIPExports(server: server).devices().map { ListedDevice($0) }
      return ["the USB/IP server at \(server) exports:"]
        + (devices.isEmpty ? ["nothing"] : ListedDevice.table(devices)).map { "  " + $0 }
    } catch {
      return [Diagnostic(error, device: "usbip:\(server)").message]
    }
  }

  private func run<Result: Sendable>(
    _ body: @Sendable (Context) async throws -> Result, on link: any Link, provider: any LinkProvider, step: String
  ) async throws -> Result {
    let scheme = request.selector?.scheme ?? "usb"
    let hint = request.preferredFamily ?? request.selector.flatMap(Families.familyName(behind:))
    guard let family = Families.family(for: link, scheme: scheme, preferring: hint) else {
      throw Diagnostic.notRecognised(link)
    }
    console.debug("opened \(link.name)")
    let connection = Connection(
      link: link, provider: provider, timeout: request.stepLimit, loaders: request.loaders,
      padsLoaders: request.padsLoaders, familyOptions: request.familyOptions,
      observer: { [console, watch] event in SessionLog.show(event, on: console, watch: watch) })
    let target: any FlashTarget
    do {
      target = try await family.connect(connection)
    } catch {
      let diagnostic = Diagnostic(describing: error, device: link.name, step: "connect")
      throw (error as? any PassingDevice)?.hasPassed == true ? Passed(diagnostic: diagnostic) : diagnostic
    }
    let context = Context(target: target, family: family, provider: provider, device: link.name)
    do {
      let result = try await body(context)
      await target.close()
      return result
    } catch {
      await target.close()
      throw Diagnostic(describing: error, device: link.name, step: step)
    }
  }
}

extension Diagnostic {
  /// The selector names a device that no family knows in the mode it is in.
  static func notRecognised(_ link: any Link) -> Diagnostic {
    var what = "the device at \(link.name)"
    if case .usb(let device) = link.kind {
      what += " (\(device.identifier)\(device.product.map { ", \($0)" } ?? ""))"
    }
    return Diagnostic(
      code: "device.unknown-mode", message: "\(what) is in no mode that flashctl knows",
      remedy: "put the device into its download mode; `flashctl list` shows the devices that are in one",
      exitStatus: .noDevice, device: link.name, step: "open")
  }
}
