/// What a producer says when it is done. On the pipe: `done` and the numbers, in this order.
struct ProducerReport: Sendable {
  var number: UInt64 = 0
  /// Log calls, with those of the warm-up.
  var attempted: UInt64 = 0
  /// What its client counted as given up.
  var dropped: UInt64 = 0
  /// What the last flush left behind.
  var unflushed: UInt64 = 0
  /// When everything had been flushed, CLOCK_MONOTONIC.
  var endNs: UInt64 = 0
  /// Processor time between gate and end.
  var userNs: UInt64 = 0
  var systemNs: UInt64 = 0
  /// The longest single call, when it was asked to measure them.
  var longestNs: UInt64 = 0
  /// The sum of all calls, when it was asked to measure them.
  var inCallsNs: UInt64 = 0
  /// Those of `dropped` that were given up before the gate.
  var droppedInWarmup: UInt64 = 0
  /// What 99 of 100 calls of a paced producer do not exceed.
  var callP99Ns: UInt64 = 0

  init() {}

  init?(_ words: [UInt64]) {
    guard words.count == 11 else { return nil }
    (number, attempted, dropped, unflushed) = (words[0], words[1], words[2], words[3])
    (endNs, userNs, systemNs, longestNs) = (words[4], words[5], words[6], words[7])
    inCallsNs = words[8]
    droppedInWarmup = words[9]
    callP99Ns = words[10]
  }

  var message: String {
    let words = [
      number, attempted, dropped, unflushed, endNs, userNs, systemNs, longestNs, inCallsNs,
      droppedInWarmup, callP99Ns,
    ]
    return "done " + words.map { String($0) }.joined(separator: " ") + "\n"
  }
}
