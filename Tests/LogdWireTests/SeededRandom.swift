import Foundation

/// SplitMix64 with a printed seed; `LOGD_TEST_SEED` repeats a run.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(_ name: String = #function) {
    let given = ProcessInfo.processInfo.environment["LOGD_TEST_SEED"].flatMap { UInt64($0) }
    state = given ?? .random(in: .min ... .max)
    print("seed \(state) in \(name)")
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
