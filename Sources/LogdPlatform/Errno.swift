internal import CLinux
internal import Glibc

/// An error number of the kernel, errno(3), as a typed error.
public struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: Int32

  public init(_ rawValue: Int32) { self.rawValue = rawValue }

  /// The number of the last failed call of this thread: read it at once.
  public static var current: Errno { Errno(clinux_errno()) }

  /// strerror(3): "No space left on device".
  public var description: String {
    guard let text = unsafe strerror(rawValue) else { return "error \(rawValue)" }
    return unsafe String(cString: text)
  }

  /// There is nothing of that name.
  public var isMissing: Bool { rawValue == ENOENT || rawValue == ENOTDIR }

  /// The owner or the mode of something stands against it.
  public var isForbidden: Bool { rawValue == EACCES || rawValue == EPERM }

  /// A signal came first, signal(7).
  public var isInterrupted: Bool { rawValue == EINTR }

  /// Nobody reads any more, pipe(7).
  public var isClosedPipe: Bool { rawValue == EPIPE }

  /// It has no places to read at: a pipe, or a FIFO, where a file should be.
  public var isOfPipe: Bool { rawValue == ESPIPE }

  /// Would-block is an outcome, not a failure.
  public var isWouldBlock: Bool { rawValue == EAGAIN }
}

/// What a system call could not do, to what, and why: fit for a log line or standard error.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  public let operation: String
  public let subject: String
  public let errno: Errno

  public init(_ operation: String, _ subject: String, _ errno: Errno) {
    self.operation = operation
    self.subject = subject
    self.errno = errno
  }

  public var description: String { "cannot \(operation) \(subject): \(errno)" }

  /// Runs `body` and says of its failure what was to be done, and to what.
  public static func naming<Value: ~Copyable>(
    _ operation: String, _ subject: String, _ body: () throws(Errno) -> Value
  ) throws(SystemError) -> Value {
    do {
      return try body()
    } catch {
      throw SystemError(operation, subject, error)
    }
  }
}

/// The answer of a CLinux call: a negative number is an errno.
@inline(__always)
public func check(_ result: Int32) throws(Errno) -> Int32 {
  if result < 0 { throw Errno(-result) }
  return result
}

@inline(__always)
public func check(_ result: Int64) throws(Errno) -> Int {
  if result < 0 { throw Errno(Int32(-result)) }
  return Int(result)
}
