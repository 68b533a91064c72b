import LogdPlatform
import Testing

@Suite struct `A background thread` {
  /// A start that fails gives up its threads before they have come to run.
  @Test func `it is there as long as its thread`() throws {
    weak var kept: BackgroundThread?
    do {
      let thread = try BackgroundThread("test")
      kept = thread
    }
    let thread = try #require(kept)
    thread.stop()
  }
}
