internal import CLinux

/// A child's side of ``Crew``: the gate and the reports.
enum Station {
  /// One message, whole: shorter than PIPE_BUF.
  static func say(_ text: String) throws {
    let bytes = Array(text.utf8)
    let count = unsafe clinux_write(Crew.reports, bytes, UInt64(bytes.count))
    guard count == bytes.count else { throw Failure("cannot report") }
  }

  /// Waits until the gate opens: nobody ever writes, so this reads its end.
  static func waitAtGate() {
    var byte: UInt8 = 0
    _ = unsafe clinux_read(Crew.gate, &byte, 1)
  }
}
