/// Measures two daemons under the same load, by turns.
struct VersusRun {
  enum Turn: Sendable { case logd, against }

  /// With the daemon that is measured against the other one.
  let load: LoadRun
  let against: String
  let rounds: Int
  let progress: Progress

  /// Two turns a round. Each round begins with the daemon that ended the one before.
  static func turns(rounds: Int) -> [Turn] {
    (0..<rounds).flatMap { $0.isMultiple(of: 2) ? [Turn.logd, .against] : [.against, .logd] }
  }

  func run() throws -> VersusResult {
    var logd: [RunResult] = []
    var against: [RunResult] = []
    for (index, turn) in Self.turns(rounds: rounds).enumerated() {
      progress.say("round \(index / 2 + 1) of \(rounds): \(program(of: turn))")
      let result = try load(for: turn).run()
      switch turn {
      case .logd: logd.append(result)
      case .against: against.append(result)
      }
    }
    return VersusResult(
      fileSystem: load.place.fileSystem, programs: [program(of: .logd), program(of: .against)],
      logd: logd, against: against)
  }

  private func program(of turn: Turn) -> String {
    switch turn {
    case .logd: load.daemon.program
    case .against: against
    }
  }

  private func load(for turn: Turn) -> LoadRun {
    var load = load
    load.daemon.logd = program(of: turn)
    return load
  }
}
