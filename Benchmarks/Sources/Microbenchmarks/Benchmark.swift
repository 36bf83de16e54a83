/// One piece of work that is timed by repeating it.
struct Benchmark {
  /// What is counted in a second.
  enum Unit {
    case bytes(perRun: Int)
    case times
  }

  var name: String
  var unit: Unit
  /// Does the work `count` times and returns something that depends on all of it, so that none is optimised away.
  var run: (_ count: Int) throws -> Int

  /// The median of several samples, and how far the middle half of them lies apart.
  func measure(samples: Int = 15, sampleLength: Duration = .milliseconds(60)) throws -> Result {
    let clock = ContinuousClock()
    var sink = try run(1)
    var count = 1
    while try clock.measure({ sink ^= try run(count) }) < sampleLength { count *= 2 }
    var rates: [Double] = []
    for _ in 0..<samples {
      let elapsed = try clock.measure { sink ^= try run(count) }
      rates.append(Double(count) / elapsed.seconds)
    }
    rates.sort()
    return Result(
      name: name, unit: unit, median: rates[samples / 2],
      spread: (rates[samples * 3 / 4] - rates[samples / 4]) / rates[samples / 2], witness: sink)
  }

  struct Result {
    var name: String
    var unit: Unit
    /// Runs a second.
    var median: Double
    /// Distance of the quartiles, relative to the median.
    var spread: Double
    /// Printed nowhere; keeps the work alive.
    var witness: Int

    var line: String {
      let figure =
        switch unit {
        case .bytes(let perRun): "\(Int((median * Double(perRun) / 1_000_000).rounded())) MB/s"
        case .times: "\(Int((median / 1000).rounded())) k/s"
        }
      let spreadText = "±\(Int((spread * 50).rounded())) %"
      return name.padded(to: 44) + figure.padded(to: 14, right: true) + spreadText.padded(to: 9, right: true)
    }
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension String {
  func padded(to width: Int, right: Bool = false) -> String {
    let filler = String(repeating: " ", count: max(0, width - count))
    return right ? filler + self : self + filler
  }
}
