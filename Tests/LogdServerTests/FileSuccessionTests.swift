import LogdPlatform
import Synchronization
import Testing

@testable import LogdServer

@Suite struct `The file that the writer goes over to` {
  private let killed: KilledDaemon
  private let writer: Writer
  private let parts: StartedParts
  private let path: String
  private let left = Left()

  /// The archive that the writer has left.
  private final class Left: Sendable {
    private let name = Mutex<String?>(nil)
    var archive: String? { name.withLock { $0 } }
    func note(_ archive: String?) { name.withLock { $0 = archive } }
  }

  init() throws {
    killed = try KilledDaemon()
    parts = try killed.restart { _ in }
    parts.flush()
    writer = parts.writer
    path = killed.place.path
  }

  private func rotation(_ files: FileSuccession) -> FileRotation {
    FileRotation(path: path, names: ArchiveNames(logFile: path), files: files)
  }

  private func rotate(_ files: FileSuccession) throws {
    let isBegun = try rotation(files).run(parts.file) { [left] in left.note($0) }
    #expect(isBegun)
  }

  private static func open(_ path: String) throws(SystemError) -> LogFile {
    try LogFile(path, mode: 0o600, group: nil)
  }

  /// The writer has left the archive, and the rotation knows.
  private func expectLeft() throws {
    _ = writer.turn()
    #expect(writer.inbox.takeNextFile() == nil)
    #expect(writer.sink.file.identity.isOf(try FileStatus(of: path)))
    let name = try #require(left.archive)
    #expect(try Directory.names(in: killed.place.directory).contains(name))
  }

  @Test func `a rotation is over, too, when a reload has brought the writer its file already`()
    throws
  {
    let (writer, path) = (writer, path)
    let files = FileSuccession(writer.inbox) { () throws(SystemError) in
      let new = try Self.open(path)
      writer.inbox.reopen(try Self.open(path))
      _ = writer.turn()
      return new
    }
    try rotate(files)
    try expectLeft()
  }

  @Test func `a rotation is over, too, when a reload takes the place of its file`() throws {
    let path = path
    let files = FileSuccession(writer.inbox) { () throws(SystemError) in try Self.open(path) }
    try rotate(files)
    try files.reopen()
    #expect(left.archive == nil)
    try expectLeft()
  }

  @Test func `one that a reload opens before a rotation does not come after the next`() throws {
    let rotating = try BackgroundThread("rotate-test")
    let (path, ended) = (path, WakeWord())
    let rotate = Mutex<(@Sendable () -> Void)?>(nil)
    let files = FileSuccession(writer.inbox) { () throws(SystemError) in
      let file = try Self.open(path)
      // The first one is the reload's: before it is sent, a rotation would have had the time.
      if let first = rotate.withLock({ $0.take() }) {
        let ticket = ended.ticket
        rotating.run(first)
        ended.wait(ticket, nanoseconds: 100_000_000)
      }
      return file
    }
    let (rotation, old, left) = (rotation(files), parts.file, left)
    rotate.withLock {
      $0 = {
        _ = try? rotation.run(old) { left.note($0) }
        ended.wake()
      }
    }
    try files.reopen()
    rotating.stop()
    try expectLeft()
  }
}
