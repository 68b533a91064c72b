internal import CLinux
internal import Glibc
internal import LogdPlatform

/// A pipe(2) whose ends are close-on-exec and above the numbers that children get.
struct Pipe: ~Copyable {
  let reading: Descriptor
  let writing: Descriptor

  static func make() throws(SystemError) -> Pipe {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw SystemError("make", "a pipe", .current) }
    let reading = try moved(ends[0])
    return Pipe(reading: reading, writing: try moved(ends[1]))
  }

  private init(reading: consuming Descriptor, writing: consuming Descriptor) {
    self.reading = reading
    self.writing = writing
  }

  private static func moved(_ number: Int32) throws(SystemError) -> Descriptor {
    defer { _ = clinux_close(number) }
    do {
      return Descriptor(owning: try check(clinux_dup_above(number, 64)))
    } catch {
      throw SystemError("make", "a pipe", error)
    }
  }

  /// Closes the writing end and keeps the other: what follows the last byte is the end.
  consuming func closeWriting() -> Descriptor { reading }

  /// Closes the reading end and keeps the other.
  consuming func closeReading() -> Descriptor { writing }
}
