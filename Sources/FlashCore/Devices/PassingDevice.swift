/// An error that may mean that a device was there for a moment and left before it could be spoken to: a preloader's window.
///
/// Whoever waits for a device goes on waiting then.
public protocol PassingDevice: Error {
  var hasPassed: Bool { get }
}
