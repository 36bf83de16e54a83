import Testing

@testable import DeviceSimulator

@Suite struct `Firehose simulator: configure` {
  private func host(_ answer: String) throws -> EDLHost {
    var host = try EDLHost("sdm845-ufs", settings: [("configure-answer", answer), ("max-payload", "1M")])
    try host.load()
    _ = host.transfers()
    return host
  }

  private func answer(_ host: inout EDLHost, payload: Int) throws -> String {
    let answers = try host.configureProgrammer(memory: "ufs", payload: payload)
    let document = try #require(answers.last)
    return String(document[(try #require(document.range("<response ")).upperBound)...])
  }

  @Test func `a fitting size is acknowledged with everything that hosts look for`() throws {
    var host = try host("normal")
    #expect(
      try answer(&host, payload: 1 << 20)
        == "value=\"ACK\" MinVersionSupported=\"1\" MemoryName=\"UFS\" MaxPayloadSizeFromTargetInBytes=\"4096\" MaxPayloadSizeToTargetInBytes=\"1048576\" MaxPayloadSizeToTargetInBytesSupported=\"1048576\" MaxXMLSizeInBytes=\"4096\" Version=\"1\" TargetName=\"SDM845\" /></data>"
    )
  }

  @Test func `a size too large is refused with the right one, which counts from then on`() throws {
    var host = try EDLHost("mdm9207-nand")
    try host.load(ELFSample.elf32)
    _ = host.transfers()
    let answers = try host.configureProgrammer(memory: "nand", payload: 1 << 20)
    #expect(
      EDLHost.logs(answers).last
        == "WARN: NAK: MaxPayloadSizeToTargetInBytes sent by host 1048576 larger than supported 16384")
    #expect(answers.last?.contains("value=\"NAK\"") == true)
    #expect(answers.last?.contains("MaxPayloadSizeToTargetInBytes=\"16384\"") == true)
    // One host goes on without a second configure.
    #expect(host.read("0", 1, sector: 2048) != nil)
    #expect(try host.configureProgrammer(memory: "nand", payload: 16384).last?.contains("value=\"ACK\"") == true)
  }

  @Test(arguments: [
    ("nak-size", "NAK", "MaxPayloadSizeToTargetInBytes=\"524288\" MaxPayloadSizeToTargetInBytesSupported=\"524288\""),
    ("nak-supported", "NAK", "MemoryName=\"UFS\" MaxPayloadSizeToTargetInBytesSupported=\"524288\""),
    (
      "ack-larger", "ACK", "MaxPayloadSizeToTargetInBytes=\"524288\" MaxPayloadSizeToTargetInBytesSupported=\"1048576\""
    ),
    (
      "ack-smaller", "ACK", "MaxPayloadSizeToTargetInBytes=\"524288\" MaxPayloadSizeToTargetInBytesSupported=\"524288\""
    ),
  ])
  func `the first answer can be another one, the second is plain`(name: String, value: String, sizes: String) throws {
    var host = try host(name)
    let first = try answer(&host, payload: 1 << 20)
    #expect(first.hasPrefix("value=\"\(value)\""))
    #expect(first.contains(sizes))
    #expect(try answer(&host, payload: 512 << 10).hasPrefix("value=\"ACK\""))
  }

  @Test func `the other answers stay`() throws {
    for (name, expected) in [
      ("nak", "value=\"NAK\" rawmode=\"false\" /></data>"), ("bare", "value=\"ACK\" /></data>"),
    ] {
      var host = try host(name)
      for _ in 1...2 { #expect(try answer(&host, payload: 1 << 20) == expected) }
    }
    var host = try host("other-memory")
    #expect(try answer(&host, payload: 1 << 20).contains("MemoryName=\"nvme\""))
  }

  @Test func `another memory is refused`() throws {
    var host = try host("normal")
    let answers = try host.configureProgrammer(memory: "eMMC")
    #expect(answers == [Wire.log("ERROR: Not support configure MemoryName eMMC"), Wire.nak])
  }

  @Test func `without the storage nothing is read, but it can be provisioned`() throws {
    var host = try EDLHost("sdm845-ufs", settings: [("provisioned", "no")])
    try host.load()
    _ = host.transfers()
    #expect(EDLHost.logs(try host.configureProgrammer(memory: "ufs")).last?.contains("Failed to initialize") == true)
    let answers = host.ask("<configure MemoryName=\"ufs\" SkipStorageInit=\"1\"/>")
    #expect(answers.last?.contains("value=\"ACK\"") == true)
    #expect(host.read("1", 1) == nil)
    for commit in 0...1 {
      let pass = [
        "<ufs bNumberLU=\"2\" bBootEnable=\"1\" bDescrAccessEn=\"0\" bInitPowerMode=\"1\" bHighPriorityLUN=\"127\" bSecureRemovalType=\"0\" bInitActiveICCLevel=\"0\" wPeriodicRTCUpdate=\"0\" bConfigDescrLock=\"0\"/>",
        "<ufs LUNum=\"0\" bLUEnable=\"1\" bBootLunID=\"0\" size_in_kb=\"16384\" bDataReliability=\"0\" bLUWriteProtect=\"0\" bMemoryType=\"0\" bLogicalBlockSize=\"12\" bProvisioningType=\"2\" wContextCapabilities=\"0\" desc=\"User\"/>",
        "<ufs LUNum=\"1\" bLUEnable=\"1\" bBootLunID=\"1\" size_in_kb=\"8192\" bDataReliability=\"0\" bLUWriteProtect=\"0\" bMemoryType=\"3\" bLogicalBlockSize=\"12\" bProvisioningType=\"2\" wContextCapabilities=\"0\" desc=\"Boot A\"/>",
        "<ufs LUNtoGrow=\"255\" commit=\"\(commit)\"/>",
      ]
      for element in pass { #expect(host.ask(element).last == Wire.ack, "\(element)") }
    }
    host.ask("<power value=\"reset_to_edl\"/>")
    host.now = try #require(host.port.returnsAt)
    host.port.advance(to: host.now)
    host.configure()
    try host.load()
    _ = host.transfers()
  }

  @Test func `a provisioning that misses a unit or wants too much is refused`() throws {
    var host = try EDLHost.ready()
    func common(_ count: Int) -> String {
      "<ufs bNumberLU=\"\(count)\" bBootEnable=\"1\" bDescrAccessEn=\"0\" bInitPowerMode=\"1\" bHighPriorityLUN=\"127\" bConfigDescrLock=\"0\"/>"
    }
    let unit = "<ufs LUNum=\"0\" bLUEnable=\"1\" bBootLunID=\"0\" size_in_kb=\"16384\"/>"
    #expect(host.ask(common(2)).last == Wire.ack)
    #expect(host.ask(unit).last == Wire.ack)
    #expect(
      EDLHost.logs(host.ask("<ufs LUNtoGrow=\"0\" commit=\"0\"/>")) == ["ERROR: ufs: 2 units announced, 1 described"])
    host.ask(common(1))
    host.ask("<ufs LUNum=\"0\" bLUEnable=\"1\" bBootLunID=\"0\" size_in_kb=\"99999999\"/>")
    #expect(EDLHost.logs(host.ask("<ufs LUNtoGrow=\"0\" commit=\"0\"/>")).last?.contains("exceed the capacity") == true)
  }
}
