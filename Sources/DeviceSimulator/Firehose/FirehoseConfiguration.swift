/// What `configure` has settled.
struct FirehoseConfiguration: Sendable {
  /// Bytes of the largest raw chunk from the host.
  var payload: UInt64
  var knowsZLP = false
  var skipsWriting = false
  var validatesAlways = false
  /// A response after so many chunks; 0: none.
  var answersEvery: UInt64 = 0
  var isVerbose = false
  /// Whether the storage has been opened, by this configure or an earlier one.
  var hasStorage = true
}
