extension PlanRunner {
  /// What was written, for the result.
  public struct Report: Equatable, Sendable {
    /// One write, or one range filled with zeros.
    public struct Extent: Equatable, Sendable {
      public var step: Int
      public var name: String
      public var extent: PlanExtent
      /// Bytes of the image that a full flash sends.
      public var byteCount: UInt64
      /// Bytes that were sent; fewer where the device held the rest already.
      public var sentByteCount: UInt64
      /// Sending alone, without comparisons.
      public var elapsed: Duration
      public var verified: Verification

      public init(
        step: Int, name: String, extent: PlanExtent, byteCount: UInt64, sentByteCount: UInt64, elapsed: Duration,
        verified: Verification
      ) {
        self.step = step
        self.name = name
        self.extent = extent
        self.byteCount = byteCount
        self.sentByteCount = sentByteCount
        self.elapsed = elapsed
        self.verified = verified
      }
    }

    /// The patches of one section.
    public struct Patches: Equatable, Sendable {
      public var section: String
      public var count: Int
      public var verified: Verification

      public init(section: String, count: Int, verified: Verification) {
        self.section = section
        self.count = count
        self.verified = verified
      }
    }

    /// A copy of what the device held.
    public struct Saved: Equatable, Sendable {
      public var name: String
      public var path: String
      public var byteCount: UInt64
      public var sha256: String

      public init(name: String, path: String, byteCount: UInt64, sha256: String) {
        self.name = name
        self.path = path
        self.byteCount = byteCount
        self.sha256 = sha256
      }
    }

    public var extents: [Extent] = []
    public var saved: [Saved] = []
    /// Names of what was erased.
    public var erased: [String] = []
    public var patches: [Patches] = []
    /// The section that was made bootable.
    public var bootable: String?
    public var rebooted: RebootMode?
    /// Time that comparisons took, all together.
    public var comparing: Duration = .zero

    public var byteCount: UInt64 { extents.reduce(0) { $0 + $1.byteCount } }
    public var sentByteCount: UInt64 { extents.reduce(0) { $0 + $1.sentByteCount } }
    /// Bytes that the device held already.
    public var unsentByteCount: UInt64 { byteCount - min(byteCount, sentByteCount) }
    /// What sending the rest would have taken at the rate that was seen; `nil` when nothing was sent.
    public var unsentDuration: Duration? {
      let elapsed = extents.reduce(Duration.zero) { $0 + $1.elapsed }
      guard sentByteCount > 0, elapsed > .zero else { return nil }
      return elapsed * (Double(unsentByteCount) / Double(sentByteCount))
    }
  }
}
