/// How one series of figures compares with another that was taken by turns with it.
struct Comparison: Codable, Sendable {
  var median: Double
  var medianAgainst: Double
  /// Of the medians: a round in which the machine did something else does not move it.
  var ratio: Double
  /// The ratios of single rounds: how far they lie apart is what the machine does.
  var ratioLeast: Double
  var ratioMedian: Double
  var ratioMost: Double

  /// As many figures of each, at least one, in the order of the rounds.
  init(_ figures: [Double], _ against: [Double]) {
    precondition(figures.count == against.count, "a round is one of each")
    let ratios = zip(figures, against).map { $0 / $1 }.sorted()
    median = logbench.median(figures)
    medianAgainst = logbench.median(against)
    ratio = median / medianAgainst
    ratioLeast = ratios[0]
    ratioMedian = logbench.median(ratios)
    ratioMost = ratios[ratios.count - 1]
  }
}
