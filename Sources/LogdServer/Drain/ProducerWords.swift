internal import LogdPlatform
internal import LogdWire

/// What a producer says in the header page of its ring, read with one pread(2).
///
/// None of it is trusted: `head` has passed the checks of ``read(from:into:tail:dataBytes:)``,
/// the rest are wishes, and any number: sums of them wrap.
struct ProducerWords {
  /// Not before the first look at a ring.
  private(set) var areRead = false
  var head: UInt64 = 0
  var dropped: UInt64 = 0
  var isWaiting = false
  var flushTarget: UInt64 = 0
  var syncTarget: UInt64 = 0
  /// Has taken the time of a record that is not published yet.
  var isCalling = false

  enum Failure: Error { case unreadable(Errno), headInvalid }

  /// A pread of eight bytes need not be atomic, so head is stored with its complement; they
  /// differ for a moment while the producer stores them, and for good where it died in between:
  /// then the smaller one is the last head that was published whole.
  private static let readsMax = 4

  static func read(
    from data: borrowing Descriptor, into scratch: borrowing Mapping, tail: UInt64, dataBytes: Int
  ) throws(Failure) -> ProducerWords {
    for attempt in 1...readsMax {
      do {
        let n = try scratch.fill(
          0, byteCount: Layout.Header.producerBytes, from: data.raw,
          at: UInt64(Layout.Header.producer))
        guard n == Layout.Header.producerBytes else { throw Failure.headInvalid }
      } catch let error as Errno {
        throw .unreadable(error)
      } catch {
        throw .headInvalid
      }
      let head = scratch.load(Layout.Header.head - Layout.Header.producer)
      let check = ~scratch.load(Layout.Header.headCheck - Layout.Header.producer)
      guard head == check || attempt == readsMax else { continue }
      let published = min(head, check)
      guard published >= tail, published - tail <= UInt64(dataBytes),
        published % UInt64(Layout.frameAlignment) == 0
      else { throw .headInvalid }
      return ProducerWords(head: published, scratch)
    }
    throw .headInvalid
  }

  private init(head: UInt64, _ scratch: borrowing Mapping) {
    areRead = true
    self.head = head
    dropped = scratch.load(Layout.Header.dropped - Layout.Header.producer)
    isWaiting = scratch.load(Layout.Header.waiting - Layout.Header.producer) != 0
    isCalling = scratch.load(Layout.Header.calling - Layout.Header.producer) != 0
    // A target beyond the head is no one's business yet: it would hold the window open for ever.
    flushTarget = min(scratch.load(Layout.Header.flushTarget - Layout.Header.producer), head)
    syncTarget = min(scratch.load(Layout.Header.syncTarget - Layout.Header.producer), head)
  }

  init() {}
}
