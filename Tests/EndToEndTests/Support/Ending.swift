/// How a program ended.
enum Ending: Equatable, CustomStringConvertible {
  case exited(Int32)
  case killed(Int32)

  /// Of a wait status, wait(2).
  init(status: Int32) {
    let signal = status & 0x7f
    self = signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal)
  }

  var description: String {
    switch self {
    case .exited(let code): "exited with \(code)"
    case .killed(let signal): "killed by signal \(signal)"
    }
  }
}
