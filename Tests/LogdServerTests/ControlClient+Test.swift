import CLinux
import Glibc
import LogdControl
import LogdPlatform

extension ControlClient {
  /// Sends bytes as they are, all at once.
  func sendRaw(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count: Int64 = unsafe rest.withUnsafeBytes { bytes in
        unsafe clinux_send(descriptor.raw, bytes.baseAddress, UInt64(bytes.count))
      }
      if count < 0, !Errno(Int32(-count)).isWouldBlock { throw Errno(Int32(-count)) }
      if count < 0 { _ = clinux_poll(descriptor.raw, 4, 1000) }
      rest = rest.dropFirst(max(0, Int(count)))
    }
  }

  func shutDownSending() { shutdown(descriptor.raw, Int32(SHUT_WR)) }
}
