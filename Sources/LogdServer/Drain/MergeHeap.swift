/// The rings that have a record at hand, the one with the oldest on top: a binary heap by key.
///
/// Capacity is reserved once; nothing is allocated while merging.
struct MergeHeap {
  struct Entry {
    var key: UInt64
    var ring: Int
  }

  private var entries: [Entry] = []

  mutating func reserve(_ count: Int) { entries.reserveCapacity(count) }

  var top: Entry? { entries.first }

  /// The smallest key but for the top's: how far the top may run before another is older.
  var secondKey: UInt64 {
    switch entries.count {
    case 0, 1: .max
    case 2: entries[1].key
    default: min(entries[1].key, entries[2].key)
    }
  }

  mutating func insert(_ entry: Entry) {
    entries.append(entry)
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].key < entries[parent].key else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  /// The top ring goes on with a later record.
  mutating func replaceTop(key: UInt64) {
    entries[0].key = key
    siftDown()
  }

  mutating func removeTop() {
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    siftDown()
  }

  mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var least = parent
      for child in 2 * parent + 1...2 * parent + 2 where child < entries.count {
        if entries[child].key < entries[least].key { least = child }
      }
      if least == parent { return }
      entries.swapAt(parent, least)
      parent = least
    }
  }
}
