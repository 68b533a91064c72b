internal import CLinux
internal import LogdWire

/// The connection to the daemon, and what is needed to make it again.
struct Link {
  enum Phase: UInt8 { case idle, waiting, attached, closed }

  var options: CoreOptions
  var phase = Phase.idle
  var socket: Int32 = -1
  var device: UInt64 = 0
  var inode: UInt64 = 0
  /// The number of the generation; the page that is wiped in a child holds it too.
  var generation: UInt64 = 1
  /// When HELLO was sent.
  var waitingSince: UInt64 = 0
  /// Pause before the next look for a grant.
  var backoff = Nanoseconds.firstLook
  /// Why there is no daemon.
  var lastErrno: Int32 = 0
  /// A daemon, or a socket that waits for one to start, was there since the last fork: it may come
  /// back.
  var wasThere = false
  /// Up to here a flush was told that the disk failed to sync the current ring.
  var suspect: UInt64 = 0
  /// Nothing was tried yet in this process: the first attempt may wait for its grant.
  var isFresh = true
  /// Whether the time of a call can be had from the processor's counter.
  let ticksMakeClock = clinux_ticks_make_clock()

  init(options: CoreOptions) { self.options = options }

  /// Whether the descriptor is still the socket that we opened: a program may have closed all of
  /// its descriptors, ours among them, and use the number for something else now.
  var isSocketOurs: Bool {
    guard socket >= 0 else { return false }
    var device: UInt64 = 0
    var inode: UInt64 = 0
    // SAFETY: two integers on the stack.
    guard unsafe clinux_identity(socket, &device, &inode) == 0 else { return false }
    return device == self.device && inode == self.inode
  }

  /// Closes the socket if it is still ours.
  mutating func disconnect(_ errno: Int32 = 0) {
    if isSocketOurs { _ = clinux_close(socket) }  // nothing to be done about a failure
    socket = -1
    if phase != .closed { phase = .idle }
    if errno != 0 { lastErrno = errno }
  }

  /// Connects to the first daemon that is there and says HELLO. Never blocks. `isCurrent` says no
  /// in the copy of a call that a handler interrupted by forking.
  mutating func connect(oldRing: UInt64, now: UInt64, isCurrent: () -> Bool) {
    var result = connect(to: options.directories.first)
    if result == -Code.noEntry || result == -Code.refused, options.directories.second.count > 0 {
      let other = connect(
        to: options.directories.second, private: options.directories.mustBePrivate)
      // No daemon anywhere: the first directory is the one to be named.
      if other != -Code.noEntry { result = other }
    }
    guard isCurrent() else { return }
    guard result == 0 else { return disconnect(-result) }
    phase = .waiting
    waitingSince = now
    backoff = Nanoseconds.firstLook
    let sent = sendHello(oldRing: oldRing, now: now)
    if sent < 0 {
      wasThere = true  // and is gone again
      disconnect(Int32(-sent))
    }
  }

  private mutating func sendHello(oldRing: UInt64, now: UInt64) -> Int64 {
    let hello = Hello(
      ringBytes: options.ringBytes, oldRing: oldRing, clock: now, ident: options.ident)
    var packet = InlineArray<112, UInt8>(repeating: 0)
    // SAFETY: bytes without padding.
    var span = packet.mutableSpan
    var raw = unsafe span.mutableBytes
    let count = hello.encode(into: &raw)
    return unsafe raw.withUnsafeBytes { unsafe send($0.baseAddress!, count) }
  }

  /// Sends the doorbell if the socket is still ours; bytes or a negative errno.
  func send(_ bell: Bell) -> Int64 {
    var packet = InlineArray<9, UInt8>(repeating: 0)
    // SAFETY: bytes without padding.
    var span = packet.mutableSpan
    var raw = unsafe span.mutableBytes
    let count = bell.encode(into: &raw)
    return unsafe raw.withUnsafeBytes { unsafe send($0.baseAddress!, count) }
  }

  /// Sends to the daemon if the socket is still ours; bytes or a negative errno.
  func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int64 {
    guard isSocketOurs else { return -Int64(Code.badDescriptor) }
    return unsafe clinux_send(socket, bytes, UInt64(count))
  }

  private mutating func connect(to directory: RuntimeDirectories.Path, private: Bool = false)
    -> Int32
  {
    var path = InlineArray<160, CChar>(repeating: 0)
    for index in 0..<directory.count { path[index] = CChar(bitPattern: directory[index]) }
    // SAFETY: the path ends in zero: the array is longer than the longest of both parts.
    return unsafe withUnsafeMutablePointer(to: &path) { pointer in
      let text = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: CChar.self)
      if `private`, !(unsafe clinux_is_private_directory(text)) { return -Code.noEntry }
      let name: StaticString = "/native.sock"
      unsafe UnsafeMutableRawPointer(text + directory.count).copyMemory(
        from: name.utf8Start, byteCount: name.utf8CodeUnitCount)
      return unsafe connect(path: text)
    }
  }

  private mutating func connect(path: UnsafePointer<CChar>) -> Int32 {
    let low = clinux_socket(Int32(CLINUX_SEQPACKET.rawValue))
    guard low >= 0 else { return low }
    let result = unsafe clinux_connect(low, path)
    guard result == 0 else {
      _ = clinux_close(low)  // the reason is in `result`
      return result
    }
    socket = Link.moveUp(low)
    // SAFETY: two integers of ours.
    return unsafe clinux_identity(socket, &device, &inode)
  }

  /// To a high number, where a program that closes what it believes to be its own does not find it;
  /// stays where it is when the limit of descriptors is too low.
  private static func moveUp(_ low: Int32) -> Int32 {
    var least: Int32 = 800
    while least > low {
      let high = clinux_dup_above(low, least)
      if high >= 0 {
        _ = clinux_close(low)  // the duplicate is what we keep
        return high
      }
      least /= 2
    }
    return low
  }
}

/// Numbers of errno(3) that are decided on here; Embedded Swift has no names for them.
enum Code {
  static var noEntry: Int32 { 2 }
  static var badDescriptor: Int32 { 9 }
  static var again: Int32 { 11 }
  static var noMemory: Int32 { 12 }
  static var protocolError: Int32 { 71 }
  static var reset: Int32 { 104 }
  static var timedOut: Int32 { 110 }
  static var refused: Int32 { 111 }
}
