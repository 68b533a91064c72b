/// Writes one frame straight into memory that was reserved for it, see <doc:Protocol>.
///
/// The size is found first with ``FrameSize``, memory is reserved, then the same parts are written
/// in order: message, fields, ``finish(severity:stamp:)``. The writer never leaves its memory: what
/// does not fit is cut or left out, and the frame says so. It does not allocate.
@safe
public struct FrameWriter {
  @usableFromInline let base: UnsafeMutableRawPointer
  @usableFromInline let limit: Int
  @usableFromInline let fieldsMax: Int
  @usableFromInline var used = Layout.Frame.message
  @usableFromInline var fields = 0
  @usableFromInline var messageBytes = 0
  @usableFromInline var isCut = false

  /// A frame within `limits` at `base`, which must have room for it, be aligned to 8 and stay valid
  /// until the frame is finished.
  @inlinable @inline(__always)
  public init(at base: UnsafeMutableRawPointer, _ limits: RecordLimits) {
    precondition(limits.bytes >= Layout.Frame.message, "no room for the head of a frame")
    unsafe self.base = base
    limit = limits.bytes
    fieldsMax = limits.fields
  }

  /// Writes the message; call it once, before the fields. `fieldBytes` is what the fields will
  /// need: a message that is too large together with them is cut, at a character if it is UTF-8.
  @inlinable @inline(__always)
  public mutating func message(_ source: UnsafeRawBufferPointer, fieldBytes: Int) {
    var count = source.count
    if used &+ count &+ fieldBytes > limit {
      count = unsafe cutCount(source, fieldBytes)
      isCut = isCut || count < source.count
    }
    messageBytes = count
    guard count > 0, let from = source.baseAddress else { return }
    // SAFETY: used + count is within the limit, and the source holds count bytes.
    unsafe (base + used).copyMemory(from: from, byteCount: count)
    used &+= count
  }

  /// How much of the message stays: what the fields leave, but no less than half of the frame.
  @usableFromInline @inline(never)
  func cutCount(_ source: UnsafeRawBufferPointer, _ fieldBytes: Int) -> Int {
    let room = limit - used
    var count = min(source.count, max(room - fieldBytes, room / 2))
    guard count < source.count else { return count }
    // A UTF-8 character has at most three bytes that continue it.
    for _ in 0..<3 where unsafe count > 0 && source[count] & 0xC0 == 0x80 { count -= 1 }
    return count
  }

  @inlinable @inline(__always)
  public mutating func field(_ key: UnsafeRawBufferPointer, bytes value: UnsafeRawBufferPointer) {
    guard let at = unsafe field(key, .string, valueBytes: value.count) else { return }
    guard value.count > 0, let from = value.baseAddress else { return }
    // SAFETY: field() has made room for the value at the place it returned.
    unsafe at.copyMemory(from: from, byteCount: value.count)
  }

  /// A string that is there in two pieces.
  public mutating func field(
    _ key: UnsafeRawBufferPointer, bytes first: UnsafeRawBufferPointer,
    _ second: UnsafeRawBufferPointer
  ) {
    let bytes = first.count &+ second.count
    guard let at = unsafe field(key, .string, valueBytes: bytes) else { return }
    // SAFETY: field() has made room for both.
    if let from = first.baseAddress { unsafe at.copyMemory(from: from, byteCount: first.count) }
    guard let from = second.baseAddress else { return }
    unsafe (at + first.count).copyMemory(from: from, byteCount: second.count)
  }

  @inlinable @inline(__always)
  public mutating func field(_ key: UnsafeRawBufferPointer, int value: Int64) {
    // SAFETY: eight bytes were made room for; so in the other numbers.
    guard let at = unsafe field(key, .int, valueBytes: 8) else { return }
    unsafe at.storeBytes(of: value, as: Int64.self)
  }

  @inlinable @inline(__always)
  public mutating func field(_ key: UnsafeRawBufferPointer, uint value: UInt64) {
    guard let at = unsafe field(key, .uint, valueBytes: 8) else { return }
    unsafe at.storeBytes(of: value, as: UInt64.self)
  }

  @inlinable @inline(__always)
  public mutating func field(_ key: UnsafeRawBufferPointer, double value: Double) {
    guard let at = unsafe field(key, .double, valueBytes: 8) else { return }
    unsafe at.storeBytes(of: value, as: Double.self)
  }

  @inlinable @inline(__always)
  public mutating func field(_ key: UnsafeRawBufferPointer, bool value: Bool) {
    guard let at = unsafe field(key, .bool, valueBytes: 1) else { return }
    unsafe at.storeBytes(of: value ? 1 : 0, as: UInt8.self)
  }

  /// Writes head and key of a field and returns where the value goes; nil: it does not fit, or the
  /// key is empty. A key is cut to 64 bytes.
  @inlinable @inline(__always)
  mutating func field(_ key: UnsafeRawBufferPointer, _ type: FieldType, valueBytes: Int)
    -> UnsafeMutableRawPointer?
  {
    let keyBytes = min(key.count, Layout.keyBytesMax)
    let bytes = Layout.Field.key &+ keyBytes &+ valueBytes
    guard bytes <= limit &- used, fields < fieldsMax, keyBytes > 0, let from = key.baseAddress
    else {
      isCut = true
      return nil
    }
    // SAFETY: bytes from used on are within the limit.
    let at = unsafe base + used
    unsafe at.storeBytes(of: UInt16(type.rawValue) | UInt16(keyBytes) &<< 8, as: UInt16.self)
    unsafe at.storeBytes(of: 0, toByteOffset: 2, as: UInt16.self)
    unsafe at.storeBytes(of: UInt32(valueBytes), toByteOffset: 4, as: UInt32.self)
    unsafe (at + Layout.Field.key).copyMemory(from: from, byteCount: keyBytes)
    used &+= bytes
    fields &+= 1
    return unsafe at + (Layout.Field.key &+ keyBytes)
  }

  /// Writes the head of the frame and returns the bytes of the frame without padding.
  @inlinable @inline(__always)
  public func finish(severity: UInt8, stamp: UInt64, isCut cutBefore: Bool = false) -> Int {
    typealias At = Layout.Frame
    let flags = isCut || cutBefore ? At.flagCut : 0
    // SAFETY: init has seen that there is room for the head; the offsets are aligned.
    unsafe base.storeBytes(of: UInt32(used), toByteOffset: At.bytes, as: UInt32.self)
    unsafe base.storeBytes(of: severity, toByteOffset: At.severity, as: UInt8.self)
    unsafe base.storeBytes(of: flags, toByteOffset: At.flags, as: UInt8.self)
    unsafe base.storeBytes(of: UInt16(fields), toByteOffset: At.fieldCount, as: UInt16.self)
    unsafe base.storeBytes(of: stamp, toByteOffset: At.stamp, as: UInt64.self)
    unsafe base.storeBytes(of: UInt32(messageBytes), toByteOffset: At.messageBytes, as: UInt32.self)
    unsafe base.storeBytes(of: 0, toByteOffset: At.messageBytes + 4, as: UInt32.self)
    return used
  }
}

/// What the parts of a frame need, found before memory is reserved.
public struct FrameSize {
  @usableFromInline let messageBytes: Int
  public var fieldBytes = 0

  @inlinable @inline(__always)
  public init(messageBytes: Int) { self.messageBytes = messageBytes }

  @inlinable @inline(__always)
  public mutating func addField(keyBytes: Int, valueBytes: Int) {
    fieldBytes &+= Layout.Field.key &+ min(keyBytes, Layout.keyBytesMax) &+ valueBytes
  }

  @inlinable @inline(__always)
  public var bytes: Int { Layout.Frame.message &+ messageBytes &+ fieldBytes }
}
