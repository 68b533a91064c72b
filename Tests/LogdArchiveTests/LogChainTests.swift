import Glibc
import LogdPlatform
import Synchronization
import Testing

@testable import LogdArchive

@Suite struct `A log and its archives` {
  private let directory: LogDirectory
  private let chain: LogChain

  init() throws {
    directory = try LogDirectory()
    chain = LogChain(directory.file("logd.log"))
  }

  /// Renames the log file and makes it again, with a moment between.
  private static func rotate(_ chain: LogChain) {
    unsafe _ = Glibc.rename(chain.path, "\(chain.directory)/logd-20261121T024100Z.log")
    _ = try? Directory.names(in: chain.directory)
    close(unsafe Glibc.open(chain.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
  }

  @Test func `whoever opens it in the middle of a rotation waits for the new file`() throws {
    Self.rotate(chain)
    let isDone = Mutex(false)
    let rotating = try PlatformThread("rotate-test") { [chain] in
      for _ in 0..<2_000 { Self.rotate(chain) }
      isDone.withLock { $0 = true }
    }
    defer { rotating.join() }
    var opened = 0
    while !isDone.withLock({ $0 }) {
      #expect(try chain.open().last?.path == chain.path)
      opened += 1
    }
    #expect(opened > 0)
  }

  @Test func `where there are no archives either it is said to be missing at once`() {
    let began = ContinuousClock.now
    let error = #expect(throws: SystemError.self) { try chain.open() }
    #expect(error?.errno.isMissing == true)
    #expect(ContinuousClock.now - began < .milliseconds(500))
  }

  @Test func `one that does not come back is said to be missing after a second`() {
    directory.write([], to: "logd-20261121T024100Z.log")
    let error = #expect(throws: SystemError.self) { try chain.open() }
    #expect(error?.errno.isMissing == true)
  }
}
