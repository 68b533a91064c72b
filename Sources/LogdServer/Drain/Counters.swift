/// What the daemon has counted since the ledger was made. They are committed with the batch.
///
/// Invariant, in every copy: received = written + dropped + handed off + in the batch.
struct Counters: Sendable, Equatable {
  /// Parsed by the writer.
  var received: UInt64 = 0
  /// In the file.
  var written: UInt64 = 0
  /// Given up by the daemon: below the severity that is wanted.
  var dropped: UInt64 = 0
  /// Given to journald instead of the file.
  var handedOff: UInt64 = 0
  /// Formatted, not yet in the file.
  var inBatch: UInt64 = 0
  var bytesWritten: UInt64 = 0
  var batches: UInt64 = 0
  /// Written although a later record had been written before.
  var late: UInt64 = 0
  /// Given up by producers whose rings are gone; those of living rings stand in their headers.
  var droppedByProducers: UInt64 = 0
  /// How often the writer slept and was woken.
  var wakeups: UInt64 = 0
}
