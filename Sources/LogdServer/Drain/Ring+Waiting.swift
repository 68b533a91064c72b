internal import LogdPlatform
internal import LogdWire
internal import Synchronization

extension Ring {
  /// What its producer has published and no file has, by its head now; 0 if that cannot be read.
  /// On any thread, with a `scratch` of its own.
  func bytesWaiting(_ scratch: borrowing Mapping) -> UInt64 {
    let tail = statistics.tail.load(ordering: .relaxed)
    // Nonsense is found out by the writer, which quarantines.
    let words = try? ProducerWords.read(
      from: files.data, into: scratch, tail: tail, dataBytes: dataBytes)
    return words.map { $0.head - tail } ?? 0
  }

  /// When the oldest record that no file has was logged, CLOCK_MONOTONIC of the daemon, as its producer
  /// says; nil while the writer takes it. On any thread, with a `scratch` of its own.
  func oldestStamp(_ scratch: borrowing Mapping) -> UInt64? {
    let tail = statistics.tail.load(ordering: .relaxed)
    guard (try? read(tail, Layout.Frame.message, into: scratch, at: 0)) != nil,
      statistics.tail.load(ordering: .relaxed) == tail
    else { return nil }
    return onOurClock(scratch.load(Layout.Frame.stamp))
  }

  /// As ``bytesWaiting(_:)``, for the statistics too: when the writer cannot look.
  func lookFromOutside(_ scratch: borrowing Mapping) -> UInt64 {
    let bytes = bytesWaiting(scratch)
    statistics.head.store(statistics.tail.load(ordering: .relaxed) + bytes, ordering: .relaxed)
    return bytes
  }
}
