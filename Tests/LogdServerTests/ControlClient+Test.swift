import CLinux
import Glibc
import LogdControl
import LogdPlatform
import Testing

extension ControlClient {
  /// Sends bytes as they are, all at once.
  func sendRaw(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      do {
        let count: Int = try check(
          unsafe rest.withUnsafeBytes { bytes in
            unsafe clinux_send(descriptor.raw, bytes.baseAddress, UInt64(bytes.count))
          })
        rest = rest.dropFirst(count)
      } catch where error.isWouldBlock {
        _ = clinux_poll(descriptor.raw, 4, 1000)
      }
    }
  }

  func shutDownSending() { shutdown(descriptor.raw, Int32(SHUT_WR)) }
}
