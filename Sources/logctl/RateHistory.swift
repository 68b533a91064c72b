/// The rates of the last minutes, for a line of bars: what happened before one looked.
struct RateHistory {
  private static let samplesMax = 512
  private var samples: [Double] = []

  private(set) var peak = 0.0

  mutating func add(_ rate: Double) {
    samples.append(max(0, rate))
    if samples.count > Self.samplesMax { samples.removeFirst() }
    peak = samples.max() ?? 0
  }

  /// One character a sample, the latest at the right; the highest is the peak, nothing is blank.
  func bars(_ columns: Int, isUnicode: Bool) -> String {
    let levels = Array(isUnicode ? " ▁▂▃▄▅▆▇█" : " .:-=+*#@")
    let steps = levels.count - 1
    return String(
      samples.suffix(max(0, columns)).map { rate in
        guard peak > 0, rate > 0 else { return levels[0] }
        return levels[max(1, Int((rate / peak * Double(steps)).rounded(.up)))]
      })
  }
}
