internal import CZstd
internal import LogdPlatform

/// A file of Zstandard, RFC 8878, also of several frames, by libzstd.
// SAFETY: the stream is made once and freed once, and only here; the buffers live for each call.
@safe final class ZstdSource: ByteSource {
  private let input: PlainSource
  private let stream: OpaquePointer
  private var buffer = [UInt8](repeating: 0, count: 128 << 10)
  private var pending = 0..<0
  /// What a frame still lacks, as the library says; 0 between two. The first has to be there.
  private var missing = 1
  private var isOver = false
  private(set) var trouble: String?

  init(_ file: borrowing Descriptor) throws(Errno) {
    input = try PlainSource(file, from: 0)
    guard let stream = unsafe ZSTD_createDStream() else { throw Errno(12) }  // ENOMEM
    unsafe self.stream = stream
  }

  deinit { unsafe ZSTD_freeDStream(stream) }

  func read(_ out: inout [UInt8], _ room: Range<Int>) throws(Errno) -> Int {
    while !isOver {
      // Without new input a frame may still have output left.
      let count = decompress(&out, room)
      if count > 0 { return count }
      if pending.isEmpty, !isOver {
        let got = try input.read(&buffer, 0..<buffer.count)
        pending = 0..<got
        if got == 0 {
          isOver = true
          if missing != 0 { trouble = "is cut off" }
        }
      }
    }
    return 0
  }

  private func decompress(_ out: inout [UInt8], _ room: Range<Int>) -> Int {
    if pending.isEmpty, missing == 0 { return 0 }
    let (used, made, result) = unsafe buffer.withUnsafeBytes { from in
      unsafe out.withUnsafeMutableBytes { to in
        // SAFETY: both ranges are inside the buffers, which live for the call.
        var source = unsafe ZSTD_inBuffer(
          src: from.baseAddress! + pending.lowerBound, size: pending.count, pos: 0)
        var target = unsafe ZSTD_outBuffer(
          dst: to.baseAddress! + room.lowerBound, size: room.count, pos: 0)
        let result = unsafe ZSTD_decompressStream(stream, &target, &source)
        return unsafe (source.pos, target.pos, result)
      }
    }
    pending = pending.lowerBound + used..<pending.upperBound
    if ZSTD_isError(result) != 0 {
      trouble = "is damaged"
      isOver = true
    } else {
      missing = result
    }
    return made
  }
}
