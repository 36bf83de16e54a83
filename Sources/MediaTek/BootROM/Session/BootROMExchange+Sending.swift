import WireFormat

extension BootROMExchange {
  /// D7: an agent, signature included, to `address`; a preloader takes it to an address of its own (8.5).
  public static func sendDA(
    _ data: [UInt8], to address: UInt32, signatureByteCount: UInt32, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    plain(
      .sendDA,
      [
        .echo(bytes(address)), .echo(bytes(UInt32(clamping: data.count))), .echo(bytes(signatureByteCount)), .status,
      ] + upload(data), policy)
  }

  /// What is left of D7 once the link has been authenticated in its middle (9.3).
  public static func sendDARest(_ data: [UInt8], _ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    BootROMExchange(BootROMOpcode.sendDA.name, upload(data), policy: policy)
  }

  /// E2: an authentication file. A device that needs none says so, which is a success.
  public static func sendAuthentication(
    _ data: [UInt8], _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    material(.sendAuthentication, data, policy)
  }

  /// E0: a root certificate.
  public static func sendCertificate(_ data: [UInt8], _ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    material(.sendCertificate, data, policy)
  }

  private static func material(
    _ opcode: BootROMOpcode, _ data: [UInt8], _ policy: BootROMPolicy
  ) -> BootROMExchange {
    plain(
      opcode, [.echo(bytes(UInt32(clamping: data.count))), .statusOr(.noAuthenticationNeeded)] + upload(data), policy)
  }

  /// D9: a program that prepares the chip for its agent (modules only).
  public static func sendEnvironment(
    _ data: [UInt8], to address: UInt32, parameter: UInt32, parameterByteCount: UInt32,
    _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    let numbers = [address, UInt32(clamping: data.count), parameter, parameterByteCount]
    return plain(.sendEnvironment, numbers.map { .echo(bytes($0)) } + [.status] + upload(data), policy)
  }

  /// Data, the device's checksum over them, its verdict.
  private static func upload(_ data: [UInt8]) -> [Step] {
    [.data(data), .checksum(BootROMChecksum.of(data.rawSpan)), .status]
  }

  // MARK: Authentication of the link

  /// E3, up to the challenge, which is the answers' block. Authenticated already is a success without one.
  public static func linkChallenge(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.linkAuthentication, [.statusOr(.alreadyAuthenticated), .block], policy)
  }

  /// The rest of E3: the response and its verdict.
  public static func linkResponse(_ response: [UInt8], _ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    BootROMExchange(
      BootROMOpcode.linkAuthentication.name,
      [.mirrored(UInt32(clamping: response.count)), .status, .data(response), .status], policy: policy)
  }

  // MARK: Starting

  /// D5: the next byte of the device is the agent's.
  public static func jumpDA(to address: UInt32, _ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.jumpDA, [.echo(bytes(address)), .status], policy)
  }

  /// DE: the same for a 64-bit image.
  public static func jumpDA64(to address: UInt32, _ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.jumpDA64, [.echo(bytes(address)), .echo([0x01]), .status, .echo([0x64]), .status], policy)
  }

  /// D6: the device goes on with its own boot loader.
  public static func jumpBootLoader(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.jumpBootLoader, [.status, .status], policy)
  }

  /// 80: the device idles until it is unplugged.
  public static func stayStill(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.stayStill, [.status], policy)
  }

  /// 70: an image for a partition of a preloader's; there is no verdict on it (8.7).
  public static func sendImage(
    _ data: [UInt8], as partition: String, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    plain(
      .sendImage,
      [
        .send(name(partition)), .send(bytes(UInt32(clamping: data.count))), .status, .data(data),
        .send(bytes(BootROMChecksum.sum32(data))),
      ], policy)
  }

  /// 71: starts the image that was sent; status 1 says that there is none, and counts as no success here.
  public static func bootImage(_ partition: String, _ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.bootImage, [.send(name(partition)), .status], policy)
  }

  /// 64 bytes of ASCII, filled up with zeros.
  private static func name(_ partition: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(partition, paddedTo: 64)
    return bytes
  }
}
