import CLinux
import Glibc
import LogdPlatform
import LogdWire

@testable import LogdServer

extension RingFiles {
  /// Of a new ring, in a control file of its own.
  init(id: UInt64, dataBytes: Int) throws {
    let file = try ControlFile(id: id + 1, uid: getuid())
    self.init(
      data: try RingFiles.makeData(dataBytes),
      control: file.grant(ring: id, dataBytes: dataBytes, severity: .debug))
  }
}
