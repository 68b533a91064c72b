import Glibc
import LogdPlatform
import Testing

@testable import LogdServer

/// What a daemon does that finds the batch of a killed one, and a file that somebody else has changed.
@Suite struct `Recovery of a batch` {
  private let place = TemporaryLog()
  private static let batch = "one line\nanother line\nand a third\n"

  /// A ledger that has noted the batch for the end of the file as it is now.
  private func noted() throws -> Ledger {
    let number = unsafe open("\(place.directory)/ledger", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    let ledger = try Ledger(
      Descriptor(owning: try check(number)), slotCount: 4, batchCapacity: 1 << 16)
    var batch = ledger.makeBatch()
    unsafe batch.append(Array(Self.batch.utf8).span.bytes)
    let file = try LogFile(place.path, mode: 0o600, group: nil)
    ledger.note(
      file: file.identity, offset: file.offset, length: Self.batch.utf8.count, rings: [],
      Counters())
    return ledger
  }

  private func recover(_ ledger: Ledger) throws -> String {
    let file = try LogFile(place.path, mode: 0o600, group: nil)
    _ = try LedgerRecovery(ledger: ledger, current: file, stored: []).run()
    #expect(ledger.pending == nil)
    return String(decoding: try FileContents.read(place.path, bytesMax: 1 << 20), as: UTF8.self)
  }

  private func put(_ text: String) {
    unsafe _ = truncate(place.path, 0)
    place.append(text)
  }

  @Test(arguments: ["", "short\n", String(repeating: "what was there\n", count: 100)])
  func `emptied after the batch was noted, it has the batch once`(before: String) throws {
    for taken in [0, 4, 9, Self.batch.utf8.count] {
      put(before)
      let ledger = try noted()
      put(String(Self.batch.prefix(taken)))
      #expect(try recover(ledger) == Self.batch, "\(taken) bytes were taken")
    }
  }

  @Test(arguments: ["", "short\n", String(repeating: "what was there\n", count: 100)])
  func `as it was, it gets what is missing`(before: String) throws {
    for taken in [0, 4, 9, Self.batch.utf8.count] {
      put(before)
      let ledger = try noted()
      place.append(String(Self.batch.prefix(taken)))
      #expect(try recover(ledger) == before + Self.batch, "\(taken) bytes were taken")
    }
  }

  @Test func `behind somebody else's bytes the line that was torn is written anew`() throws {
    put("before\n")
    let ledger = try noted()
    place.append("one line\nanoTHERS\n")
    #expect(try recover(ledger) == "before\none line\nanoTHERS\nanother line\nand a third\n")
  }
}
