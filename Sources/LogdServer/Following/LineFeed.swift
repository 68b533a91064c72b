internal import LogdPlatform
internal import Synchronization

/// The last few megabytes that were written to the file, for those who follow it.
///
/// The writer puts each batch in once it is in the file, if anybody follows at all; it never waits:
/// the lock is held for the moment that it takes to hang a batch into a list. Who is too slow finds
/// that batches have gone, and how many records were in them.
final class LineFeed: Sendable {
  /// Lines of one batch, whole.
  final class Batch: Sendable {
    let lines: [UInt8]
    /// How many records the feed had had before.
    let recordsBefore: UInt64
    let records: UInt64

    init(_ lines: [UInt8], recordsBefore: UInt64, records: UInt64) {
      self.lines = lines
      self.recordsBefore = recordsBefore
      self.records = records
    }
  }

  /// Where somebody stands in the feed.
  struct Place: Sendable {
    fileprivate var batch: UInt64
    fileprivate var records: UInt64
  }

  private struct State {
    var batches: [Batch?] = Array(repeating: nil, count: LineFeed.batchesMax)
    /// The number of the oldest batch that is still there, and of the next.
    var first: UInt64 = 0
    var next: UInt64 = 0
    var bytes = 0
    var records: UInt64 = 0

    mutating func removeFirst() {
      let index = Int(first % UInt64(batches.count))
      bytes -= batches[index]?.lines.count ?? 0
      batches[index] = nil
      first += 1
    }
  }

  static let bytesMax = 4 << 20
  private static let batchesMax = 4096

  private let state = Mutex(State())
  private let followers = Atomic<Int>(0)
  private let isAwaited = Atomic<Bool>(false)
  /// Called by the writer when somebody waits for the next batch.
  let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  var isFollowed: Bool { followers.load(ordering: .acquiring) > 0 }

  /// Somebody follows from now on.
  func join() -> Place {
    followers.add(1, ordering: .acquiringAndReleasing)
    return state.withLock { Place(batch: $0.next, records: $0.records) }
  }

  /// Somebody does no longer. With the last one the memory goes.
  func leave() {
    guard followers.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
    state.withLock { state in
      while state.first < state.next { state.removeFirst() }
    }
  }

  /// On the writer's thread.
  func publish(_ lines: [UInt8], records: UInt64) {
    state.withLock { state in
      let batch = Batch(lines, recordsBefore: state.records, records: records)
      if state.next - state.first == UInt64(Self.batchesMax) { state.removeFirst() }
      state.batches[Int(state.next % UInt64(Self.batchesMax))] = batch
      state.next += 1
      state.records += records
      state.bytes += lines.count
      while state.bytes > Self.bytesMax, state.first + 1 < state.next { state.removeFirst() }
    }
    if isAwaited.exchange(false, ordering: .acquiringAndReleasing) { wake() }
  }

  /// The next batch, and how many records were missed before it; nil when there is none yet.
  func next(_ place: inout Place) -> (batch: Batch, missed: UInt64)? {
    state.withLock { state in
      let number = max(place.batch, state.first)
      guard number < state.next, let batch = state.batches[Int(number % UInt64(Self.batchesMax))]
      else { return nil }
      let missed = batch.recordsBefore - place.records
      place.batch = number + 1
      place.records = batch.recordsBefore + batch.records
      return (batch, missed)
    }
  }

  /// Has ``wake`` called with the next batch. Look once more after it: one may have come meanwhile.
  func await() { isAwaited.store(true, ordering: .sequentiallyConsistent) }
}
