internal import CLinux
internal import CZlib
internal import LogdPlatform

/// A file of gzip, RFC 1952, also of several members, by zlib.
// SAFETY: `stream` is initialised once and freed once, and only here; its pointers into buffers
// are set for each call of inflate and not used after it.
@safe final class GzipSource: ByteSource {
  private let input: PlainSource
  private var stream = unsafe z_stream()
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)
  private var pending = 0..<0
  /// A member has begun and not ended; the first has to be there.
  private var isInside = true
  private var isOver = false
  private(set) var trouble: String?

  init(_ file: borrowing Descriptor) throws(Errno) {
    input = try PlainSource(file, from: 0)
    let result = unsafe inflateInit2_(
      &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if result != Z_OK { throw Errno(12) }  // ENOMEM: nothing else can go wrong here
  }

  deinit { unsafe inflateEnd(&stream) }

  func read(_ out: inout [UInt8], _ room: Range<Int>) throws(Errno) -> Int {
    while !isOver {
      if pending.isEmpty {
        let count = try input.read(&buffer, 0..<buffer.count)
        pending = 0..<count
        if count == 0 {
          isOver = true
          if isInside { trouble = "is cut off" }
          return 0
        }
      }
      let count = inflate(&out, room)
      if count > 0 { return count }
    }
    return 0
  }

  private func inflate(_ out: inout [UInt8], _ room: Range<Int>) -> Int {
    let (used, made, result) = unsafe buffer.withUnsafeMutableBufferPointer { from in
      unsafe out.withUnsafeMutableBufferPointer { to in
        // SAFETY: both ranges are inside the buffers, which live for the call.
        unsafe stream.next_in = from.baseAddress! + pending.lowerBound
        unsafe stream.avail_in = UInt32(pending.count)
        unsafe stream.next_out = to.baseAddress! + room.lowerBound
        unsafe stream.avail_out = UInt32(room.count)
        let result = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
        return unsafe (
          pending.count - Int(stream.avail_in), room.count - Int(stream.avail_out), result
        )
      }
    }
    pending = pending.lowerBound + used..<pending.upperBound
    isInside = true
    switch result {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      isInside = false
      unsafe inflateReset(&stream)  // fails for a stream that was never set up only
    default:
      trouble = "is damaged"
      isOver = true
    }
    return made
  }
}
