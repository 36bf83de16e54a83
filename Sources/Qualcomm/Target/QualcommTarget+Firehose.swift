public import FlashCore
public import FlashImages
import WireFormat

/// What only programmers have: commands of `flashctl qcom firehose`. Everything throws `FirehoseError`.
extension QualcommTarget {
  /// What a programmer said about itself, and what was agreed on.
  public struct ProgrammerFacts: Equatable, Sendable {
    public var startup: FirehoseStartup
    public var limits: FirehoseLimits
    public var sectorByteCount: UInt32
    /// `getstorageinfo` of each physical partition that answers, by its number.
    public var storage: [UInt32: FirehoseStorageInfo]
  }

  /// Starts the programmer, or attaches to it, and asks what it knows of itself and its storage.
  public func programmerFacts() async throws -> ProgrammerFacts {
    let driver = try await programmer.driver()
    let sector = try await programmer.sectorByteCount()
    var infos: [UInt32: FirehoseStorageInfo] = [:]
    if let first = try await programmer.info(0) {
      infos[0] = first
      for number in 1..<max(1, UInt32(clamping: first.partitionCount ?? 1)) {
        infos[number] = try await programmer.info(number)
      }
    }
    return ProgrammerFacts(
      startup: await driver.startup, limits: await driver.limits, sectorByteCount: sector, storage: infos)
  }

  public func peek(address: UInt64, byteCount: UInt64) async throws -> [UInt8] {
    let driver = try await programmer.driver()
    guard await driver.has("peek") else { throw FirehoseError.missingCommand("peek") }
    return try await driver.peek(address: address, byteCount: byteCount)
  }

  public func poke(_ poke: FirehosePoke) async throws {
    let driver = try await programmer.driver()
    guard await driver.has("poke") else { throw FirehoseError.missingCommand("poke") }
    try await driver.poke(poke)
  }

  /// Chooses the LUN or boot area that the ROM starts from.
  public func setBootable(_ number: UInt32) async throws {
    let driver = try await programmer.driver()
    try await driver.run(.setBootable(FirehoseSetBootable(value: number)), limit: await driver.policy.patchLimit)
  }

  /// The lines that the device logs.
  public func benchmark(_ benchmark: FirehoseBenchmark) async throws -> [String] {
    let driver = try await programmer.driver()
    guard await driver.has("benchmark") else { throw FirehoseError.missingCommand("benchmark") }
    return try await driver.run(.benchmark(benchmark), limit: await driver.policy.finalLimit).logs
  }

  public func fixGPT(_ fix: FirehoseFixGPT) async throws -> [String] {
    let driver = try await programmer.driver()
    guard await driver.has("fixgpt") else { throw FirehoseError.missingCommand("fixgpt") }
    return try await driver.run(.fixGPT(fix), limit: await driver.policy.eraseLimit).logs
  }

  /// Writes a layout to UFS storage: everything is checked by the device once before it is written. A restart follows,
  /// which is for the caller.
  public func provision(_ layout: FirehoseProvisioning) async throws {
    try await programmer.driver().provision(layout)
  }

  /// Sends a document of the user's own, as it is.
  ///
  /// `input` is sent when the device asks for raw data, `output` gets what it sends. How much that is, the element says
  /// where it has the attributes of `read`; else `outputByteCount`; else it is what comes before the response, 1 GiB at
  /// most. Without `configures` it may come
  /// before `configure`, as authentication has to.
  public func send(
    document: [UInt8], input: (any ImageSource)? = nil, output: (any StreamConsumer)? = nil,
    outputByteCount: UInt64? = nil, configures: Bool = true
  ) async throws -> FirehoseReply {
    let element = try Self.element(of: document)
    let announced = try? FirehoseExtent(parsing: element).byteCount
    if element.isNamed(FirehoseProgram.elementName), input == nil || input?.byteCount != announced {
      throw FirehoseError.rawData(command: element.name, given: input?.byteCount, needed: announced ?? nil)
    }
    if element.isNamed(FirehoseRead.elementName), output == nil {
      throw FirehoseError.rawData(command: element.name, given: nil, needed: announced ?? nil)
    }
    let said: UInt64? = element.isNamed(FirehoseRead.elementName) ? announced ?? nil : nil
    if let said, let outputByteCount, said != outputByteCount {
      throw FirehoseError.rawData(command: element.name, given: outputByteCount, needed: said)
    }
    let raw: FirehoseRawData
    if let input {
      raw = .input(input)
    } else if let output {
      raw = .output(output, byteCount: said ?? outputByteCount)
    } else {
      raw = .none
    }
    let driver = configures ? try await programmer.driver() : try await programmer.unconfiguredDriver()
    return try await driver.send(document: document, name: element.name, raw: raw)
  }

  /// The one element of a document, for its name.
  private static func element(of document: [UInt8]) throws(FirehoseError) -> XMLElement {
    do throws(FirehoseMessageError) {
      let parsed: XMLDocument
      do throws(XMLError) { parsed = try XMLDocument(parsing: document, limits: .message) } catch {
        throw FirehoseMessageError.xml(error)
      }
      guard parsed.root.isNamed("data"), parsed.root.children.count == 1 else {
        throw FirehoseMessageError.notOneCommand(root: parsed.root.name, count: parsed.root.children.count)
      }
      return parsed.root.children[0]
    } catch {
      throw .document(error)
    }
  }
}
