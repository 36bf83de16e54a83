import FlashCore
import MkII

/// The start of a session as in `docs/protocols/mkii.md` 13.1–13.7: ids 0 to 6.
let startTranscript = """
  # 13.1 PING
  > 1B 00 10 88 00 04 00 00 00 00
  < 1B 10 00 88 00 04 00 00 00 20
  # 13.2 GET /update/protocol_version
  > 1B 00 10 88 00 1C 00 00 01 01 2F 75 70 64 61 74 65 2F 70 72 6F 74 6F 63 6F 6C 5F 76 65 72 73 69
  6F 6E
  < 1B 10 00 88 00 06 00 00 01 21 00 32
  # 13.3 TELL /update/host_protocol_version
  > 1B 00 10 88 00 23 00 00 02 02 2F 75 70 64 61 74 65 2F 68 6F 73 74 5F 70 72 6F 74 6F 63 6F 6C 5F
  76 65 72 73 69 6F 6E 00 32
  < 1B 10 00 88 00 05 00 00 02 22 00
  # 13.4 GET /device/product_code
  > 1B 00 10 88 00 18 00 00 03 01 2F 64 65 76 69 63 65 2F 70 72 6F 64 75 63 74 5F 63 6F 64 65
  < 1B 10 00 88 00 0A 00 00 03 21 00 52 58 2D 35 31
  # 13.5 GET /device/hw_build
  > 1B 00 10 88 00 14 00 00 04 01 2F 64 65 76 69 63 65 2F 68 77 5F 62 75 69 6C 64
  < 1B 10 00 88 00 09 00 00 04 21 00 32 31 30 31
  # 13.6 GET /update/supported_images
  > 1B 00 10 88 00 1C 00 00 05 01 2F 75 70 64 61 74 65 2F 73 75 70 70 6F 72 74 65 64 5F 69 6D 61 67
  65 73
  < 1B 10 00 88 00 3C 00 00 05 21 00 78 6C 6F 61 64 65 72 2C 73 65 63 6F 6E 64 61 72 79 2C 6B 65 72
  6E 65 6C 2C 6D 6D 63 2C 63 6D 74 2D 32 6E 64 2C 63 6D 74 2D 61 6C 67 6F 2C 63 6D 74 2D 6D 63 75
  73 77
  # 13.7 GET /version/sw_release
  > 1B 00 10 88 00 17 00 00 06 01 2F 76 65 72 73 69 6F 6E 2F 73 77 5F 72 65 6C 65 61 73 65
  < 1B 10 00 88 00 25 00 00 06 21 00 52 58 2D 35 31 5F 32 30 30 39 53 45 5F 32 31 2E 32 30 31 31 2E
  33 38 2D 31 5F 50 52 5F 4D 52 30

  """

/// Opens a target over a link that plays the start and then `steps`.
func connect(
  _ steps: [ScriptedLink.Step] = [], kind: LinkKind = .usb(.rx51), observer: @escaping SessionObserver = { _ in },
  timeout: Duration? = nil, policy: MkIIPolicy = MkIIPolicy()
) async throws -> (target: MkIITarget, link: ScriptedLink) {
  let link = ScriptedLink([ScriptedLink.Step](transcript: startTranscript) + steps, kind: kind)
  let connection = Connection(link: link, provider: IdleProvider(), timeout: timeout, observer: observer)
  let target = try await MkIIFamily(policy: policy).connect(connection)
  guard let target = target as? MkIITarget else { throw MkIIError.noMessageInterface }
  return (target, link)
}
