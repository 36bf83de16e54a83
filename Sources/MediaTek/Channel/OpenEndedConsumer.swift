import FlashCore

/// Takes a stream whose end only its content tells.
protocol OpenEndedConsumer: StreamConsumer {
  /// Nothing more is due.
  var isOver: Bool { get }
  /// About how many bytes are.
  var missing: UInt64 { get }
  /// What came behind the end.
  var surplus: [UInt8] { get }
}
