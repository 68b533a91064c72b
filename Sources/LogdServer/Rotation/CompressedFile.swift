internal import CZlib
internal import CZstd
internal import Glibc
internal import LogdPlatform

/// Compresses what is put into it, and writes it to a file.
protocol CompressingStream: AnyObject {
  /// The first bytes of the buffer. Blocks.
  func put(_ buffer: [UInt8], count: Int) throws(Errno)
  func finish() throws(Errno)
}

extension CompressingStream {
  /// All of it, however often it takes.
  fileprivate static func write(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, to file: Int32
  ) throws(Errno) {
    var done = 0
    while done < count {
      // SAFETY: the caller has so many bytes there.
      let result = unsafe Glibc.write(file, bytes + done, count - done)
      if result > 0 {
        done += result
      } else if result == 0 || !Errno.current.isInterrupted {
        throw result == 0 ? Errno(EIO) : .current
      }
    }
  }
}

/// RFC 1952, by zlib.
// SAFETY: `stream` is set up once and freed once, and only here; its pointers are set for each call.
@safe final class GzipStream: CompressingStream {
  private let file: Int32
  private var stream = unsafe z_stream()
  private var out = [UInt8](repeating: 0, count: 128 << 10)
  private static let level: Int32 = 6

  init(to file: Int32) throws(Errno) {
    self.file = file
    let result = unsafe deflateInit2_(
      &stream, Self.level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    if result != Z_OK { throw Errno(ENOMEM) }  // nothing else can go wrong here
  }

  deinit { unsafe deflateEnd(&stream) }

  func put(_ buffer: [UInt8], count: Int) throws(Errno) {
    try unsafe buffer.withUnsafeBufferPointer { (bytes) throws(Errno) -> Void in
      // SAFETY: zlib reads the bytes, and only during this.
      unsafe stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
      unsafe stream.avail_in = UInt32(min(count, bytes.count))
      while unsafe stream.avail_in > 0 { _ = try step(Z_NO_FLUSH) }
    }
  }

  func finish() throws(Errno) {
    while try step(Z_FINISH) != Z_STREAM_END {}
  }

  private func step(_ flush: Int32) throws(Errno) -> Int32 {
    let (file, room) = (file, out.count)
    return try unsafe out.withUnsafeMutableBufferPointer { (to) throws(Errno) -> Int32 in
      guard let start = to.baseAddress else { throw Errno(ENOMEM) }
      unsafe stream.next_out = start
      unsafe stream.avail_out = UInt32(room)
      let result = unsafe deflate(&stream, flush)
      guard result >= 0 || result == Z_BUF_ERROR else { throw Errno(EIO) }
      try unsafe Self.write(start, room - Int(stream.avail_out), to: file)
      return result
    }
  }
}

/// RFC 8878, by libzstd.
// SAFETY: the context is made once and freed once, and only here; the buffers live for each call.
@safe final class ZstdStream: CompressingStream {
  private let file: Int32
  private let context: OpaquePointer
  private var out = [UInt8](repeating: 0, count: 128 << 10)

  /// `bytes`: how much will be put in, which the file then says at its beginning.
  init(to file: Int32, bytes: UInt64) throws(Errno) {
    self.file = file
    guard let context = unsafe ZSTD_createCCtx() else { throw Errno(ENOMEM) }
    unsafe self.context = context
    unsafe ZSTD_CCtx_setPledgedSrcSize(context, bytes)
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
  }

  deinit { unsafe ZSTD_freeCCtx(context) }

  func put(_ buffer: [UInt8], count: Int) throws(Errno) {
    try unsafe buffer.withUnsafeBufferPointer { (bytes) throws(Errno) -> Void in
      // SAFETY: the library reads the bytes during this only.
      var source = unsafe ZSTD_inBuffer(
        src: UnsafeRawPointer(bytes.baseAddress), size: min(count, bytes.count), pos: 0)
      while unsafe source.pos < source.size { _ = try unsafe step(&source, ZSTD_e_continue) }
    }
  }

  func finish() throws(Errno) {
    var nothing = unsafe ZSTD_inBuffer(src: nil, size: 0, pos: 0)
    while try unsafe step(&nothing, ZSTD_e_end) != 0 {}
  }

  private func step(
    _ source: inout ZSTD_inBuffer, _ directive: ZSTD_EndDirective
  ) throws(Errno) -> Int {
    let file = file
    return try unsafe out.withUnsafeMutableBufferPointer { (to) throws(Errno) -> Int in
      guard let start = to.baseAddress else { throw Errno(ENOMEM) }
      var target = unsafe ZSTD_outBuffer(dst: start, size: to.count, pos: 0)
      let result = unsafe ZSTD_compressStream2(context, &target, &source, directive)
      if ZSTD_isError(result) != 0 { throw Errno(EIO) }
      try unsafe Self.write(start, target.pos, to: file)
      return result
    }
  }
}
