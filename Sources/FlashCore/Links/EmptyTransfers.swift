/// Zero-length packets end what came before them and say nothing by themselves.
public enum EmptyTransfers {
  /// So many in a row are a device that sends nothing else, and count as silence.
  public static let limit = 64
}
