// The C ABI, logd.h: the client core under C names. What each function promises stands there.
//
// Compiled in Embedded mode, so that the library needs libc alone.

internal import CLinux
internal import LogdWire
public import CLogd

/// Negative numbers of errno(3), as they are returned.
private enum Failure {
  static var again: Int32 { -11 }
  static var invalid: Int32 { -22 }
  static var inputOutput: Int32 { -5 }
  static var timedOut: Int32 { -110 }
}

@c @implementation
public func logd_open(
  _ ident: UnsafePointer<CChar>?, _ options: UnsafePointer<logd_options>?
) -> OpaquePointer? {
  let chosen = unsafe Choice(options)
  let name = unsafe text(ident, bytesMax: Layout.identBytesMax)
  let file = unsafe text(chosen.options.undelivered_file, bytesMax: Block.pathBytesMax)
  // SAFETY: the caller's strings live as long as the call.
  let core = unsafe ClientCore.open(
    chosen.core(ident: RawSpan(_unsafeBytes: name)), undeliveredFile: RawSpan(_unsafeBytes: file))
  return unsafe core.map { unsafe OpaquePointer($0.block.base) }
}

@c @implementation
public func logd_log(
  _ client: OpaquePointer?, _ severity: Int32, _ message: UnsafePointer<CChar>?, _ length: Int
) -> Int32 {
  unsafe logd_log_fields(client, severity, message, length, nil, 0)
}

@c @implementation
public func logd_log_fields(
  _ client: OpaquePointer?, _ severity: Int32, _ message: UnsafePointer<CChar>?, _ length: Int,
  _ fields: UnsafePointer<logd_field>?, _ count: Int
) -> Int32 {
  guard let core = unsafe ClientCore(client), let severity = Severity(severity), length >= 0,
    count >= 0
  else { return Failure.invalid }
  guard core.isEnabled(severity.rawValue) else { return 0 }
  let message = unsafe UnsafeRawBufferPointer(start: message, count: message == nil ? 0 : length)
  let fields = unsafe UnsafeBufferPointer(start: fields, count: fields == nil ? 0 : count)
  var size = FrameSize(messageBytes: message.count)
  for index in fields.indices { unsafe size.add(fields[index]) }
  guard let entry = core.begin(severity.rawValue, bytes: size.bytes) else { return Failure.again }
  var frame = entry.frame
  unsafe frame.message(message, fieldBytes: size.fieldBytes)
  for index in fields.indices { unsafe frame.add(fields[index]) }
  core.commit(entry, frame, severity.rawValue)
  return 0
}

@c @implementation
public func logd_enabled(_ client: OpaquePointer?, _ severity: Int32) -> Int32 {
  guard let core = unsafe ClientCore(client), let severity = Severity(severity) else { return 0 }
  return core.isEnabled(severity.rawValue) ? 1 : 0
}

@c @implementation
public func logd_flush(_ client: OpaquePointer?, _ timeout: Int32, _ durable: Int32) -> Int32 {
  guard let core = unsafe ClientCore(client) else { return Failure.invalid }
  var ticket = FlushTicket()
  let outcome = core.flush(&ticket, nanoseconds: nanoseconds(timeout), durable: durable != 0)
  return switch outcome {
  case .done: 0
  case .timedOut: Failure.timedOut
  case .syncFailed: Failure.inputOutput
  case .interrupted: Failure.again
  }
}

@c @implementation
public func logd_unwritten(_ client: OpaquePointer?) -> UInt64 {
  guard let core = unsafe ClientCore(client) else { return 0 }
  var ticket = FlushTicket()
  guard case .timedOut(let count) = core.flush(&ticket, nanoseconds: 0, durable: false) else {
    return 0
  }
  return UInt64(count)
}

@c @implementation
public func logd_attached(_ client: OpaquePointer?) -> Int32 {
  guard let core = unsafe ClientCore(client) else { return 0 }
  var ticket = FlushTicket()
  _ = core.flush(&ticket, nanoseconds: 0, durable: false)  // notices a fork, looks for a daemon
  let me = clinux_thread_self()
  let deadline = clinux_monotonic_ns() &+ Nanoseconds.checkInterval
  let generation = core.block.load(Block.generation)
  guard core.lock(me, generation: generation, until: deadline) == .taken else { return 0 }
  let wasThere = core.block.link.wasThere
  core.unlock(me)
  return wasThere ? 1 : 0
}

@c @implementation
public func logd_dropped(_ client: OpaquePointer?) -> UInt64 {
  unsafe ClientCore(client)?.dropped ?? 0
}

@c @implementation
public func logd_close(_ client: OpaquePointer?, _ timeout: Int32) {
  guard let core = unsafe ClientCore(client) else { return }
  _ = core.close(nanoseconds: nanoseconds(timeout))  // what is undelivered has been reported
  core.release()
}

/// Milliseconds; below 0 for ever.
private func nanoseconds(_ milliseconds: Int32) -> UInt64 {
  milliseconds < 0 ? .max : UInt64(milliseconds) * Nanoseconds.millisecond
}

/// A C string, as far as `bytesMax`; nothing for NULL. The caller keeps it alive.
private func text(_ string: UnsafePointer<CChar>?, bytesMax: Int) -> UnsafeRawBufferPointer {
  var count = 0
  if let string = unsafe string {
    while count < bytesMax, unsafe string[count] != 0 { count += 1 }
  }
  return unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(string), count: count)
}

extension ClientCore {
  /// From what `logd_open` gave away; nil for NULL.
  fileprivate init?(_ client: OpaquePointer?) {
    guard let client = unsafe client else { return nil }
    self.init(block: unsafe Block(base: UnsafeMutableRawPointer(client)))
  }
}

extension Severity {
  fileprivate init?(_ number: Int32) {
    guard (0...7).contains(number) else { return nil }
    self.init(rawValue: UInt8(truncatingIfNeeded: number))
  }
}

/// The options with defaults in the place of what was left zero, or is not there: a caller that was
/// compiled with an older header has a smaller structure.
@unsafe private struct Choice {
  var options = unsafe logd_options()

  init(_ given: UnsafePointer<logd_options>?) {
    guard let given = unsafe given else { return }
    let known = unsafe min(given.pointee.size, MemoryLayout<logd_options>.size)
    // SAFETY: no more than the caller says there is, and no more than there is room for.
    unsafe withUnsafeMutableBytes(of: &options) { room in
      unsafe room.copyMemory(from: UnsafeRawBufferPointer(start: given, count: known))
    }
  }

  func core(ident: RawSpan) -> CoreOptions {
    let directory = unsafe text(options.runtime_dir, bytesMax: 128)
    return unsafe CoreOptions(
      ident: Ident(sanitizing: ident),
      directories: directory.isEmpty
        ? RuntimeDirectories() : unsafe RuntimeDirectories(RawSpan(_unsafeBytes: directory)),
      ringBytes: unsafe ringBytes, waitLimit: unsafe waitLimit,
      leastSeverity: unsafe leastSeverity, undelivered: unsafe undelivered)
  }

  /// The ring's size as a power of two.
  private var ringBytes: UInt64 {
    let wish = unsafe options.ring_bytes == 0 ? 1 << 20 : options.ring_bytes
    var bytes: UInt64 = 8192
    while bytes < wish, bytes < UInt64(Layout.dataBytesMax) { bytes *= 2 }
    return bytes
  }

  private var waitLimit: UInt64 {
    switch unsafe options.overflow {
    case Int32(LOGD_BLOCK): .max
    case Int32(LOGD_DROP): 0
    default:
      unsafe UInt64(options.timeout_ms > 0 ? options.timeout_ms : 1000) * Nanoseconds.millisecond
    }
  }

  private var leastSeverity: UInt8 {
    unsafe (1...7).contains(options.least_severity) ? UInt8(options.least_severity) : 7
  }

  private var undelivered: UndeliveredTarget {
    switch unsafe options.undelivered {
    case Int32(LOGD_STDERR): .standardError
    case Int32(LOGD_FILE): .file
    default: .report
    }
  }
}

extension logd_field {
  fileprivate var keyBytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: key, count: key == nil ? 0 : key_length)
  }

  fileprivate var text: UnsafeRawBufferPointer {
    let string = unsafe value.string
    return unsafe UnsafeRawBufferPointer(
      start: string.bytes, count: string.bytes == nil ? 0 : string.length)
  }
}

extension FrameSize {
  fileprivate mutating func add(_ field: logd_field) {
    let valueBytes =
      switch unsafe field.type {
      case Int32(LOGD_STRING): unsafe field.text.count
      case Int32(LOGD_BOOL): 1
      default: 8
      }
    unsafe addField(keyBytes: field.keyBytes.count, valueBytes: valueBytes)
  }
}

extension FrameWriter {
  fileprivate mutating func add(_ field: logd_field) {
    let key = unsafe field.keyBytes
    switch unsafe field.type {
    case Int32(LOGD_STRING): unsafe self.field(key, bytes: field.text)
    case Int32(LOGD_INT): unsafe self.field(key, int: field.value.i)
    case Int32(LOGD_UINT): unsafe self.field(key, uint: field.value.u)
    case Int32(LOGD_DOUBLE): unsafe self.field(key, double: field.value.d)
    case Int32(LOGD_BOOL): unsafe self.field(key, bool: field.value.b != 0)
    default: break
    }
  }
}
