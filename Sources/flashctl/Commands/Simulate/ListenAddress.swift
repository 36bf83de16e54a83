import ArgumentParser

/// Where to listen, as users write it: `host:port`, `[::1]:port`, or a bare port, which means 127.0.0.1.
struct ListenAddress: ExpressibleByArgument, Equatable {
  var host: String
  /// 0 takes any free one.
  var port: UInt16

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  init?(argument: String) {
    if let port = UInt16(argument) {
      self.init(host: Self.loopback, port: port)
      return
    }
    guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...]) else {
      return nil
    }
    var host = argument[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      // An IPv6 address without brackets: its last part may be meant for the port, or not.
      return nil
    }
    self.init(host: host.isEmpty ? Self.loopback : String(host), port: port)
  }

  static let loopback = "127.0.0.1"
}
