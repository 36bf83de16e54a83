import Glibc

/// What `getaddrinfo` returns when it fails.
enum ResolverCode {
  /// EAI_ADDRFAMILY, which Swift does not import: a GNU extension.
  static let addressFamily: Int32 = -9

  /// The code's name as the manual page has it.
  static func name(_ code: Int32) -> String {
    switch code {
    case EAI_AGAIN: "EAI_AGAIN"
    case EAI_BADFLAGS: "EAI_BADFLAGS"
    case EAI_FAIL: "EAI_FAIL"
    case EAI_FAMILY: "EAI_FAMILY"
    case EAI_MEMORY: "EAI_MEMORY"
    case EAI_NONAME: "EAI_NONAME"
    case EAI_SERVICE: "EAI_SERVICE"
    case EAI_SOCKTYPE: "EAI_SOCKTYPE"
    case EAI_SYSTEM: "EAI_SYSTEM"
    case addressFamily: "EAI_ADDRFAMILY"
    case -5: "EAI_NODATA"
    default: "getaddrinfo \(code)"
    }
  }
}
