internal import CLinux
internal import LogdPlatform

/// Descriptors that are read to their end.
enum InputStream {
  private static let blockBytes = 128 << 10

  /// Calls `body` with what read(2) gives, until there is no more. Blocks.
  static func forEachBlock(of descriptor: Int32, _ body: (Span<UInt8>) -> Void) throws {
    var block = [UInt8](repeating: 0, count: blockBytes)
    while true {
      let count: Int
      do {
        count = try read(descriptor, into: &block)
      } catch {
        throw SystemError("read", "standard input", error)
      }
      if count == 0 { return }
      body(block.span.extracting(..<count))
    }
  }

  static func read(_ descriptor: Int32, into block: inout [UInt8]) throws(Errno) -> Int {
    // SAFETY: the kernel writes into the array, as many bytes as it has at most.
    try check(unsafe clinux_read(descriptor, &block, UInt64(block.count)))
  }
}
