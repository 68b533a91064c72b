internal import LogdControl
internal import LogdPlatform

/// One connection that gets every line as it is written, on the thread of ``Following``.
///
/// At most one batch and `outputBytes` of replies are held for it. While it does not read, batches
/// go by; the reply after that says how many records it has missed.
final class Follower: EventHandler {
  private static let outputBytes = 64 << 10

  private let socket: Descriptor
  private let feed: LineFeed
  private let loop: EventLoop
  private let onClose: (Follower) -> Void
  private var token: EventLoop.Token?
  private var place: LineFeed.Place
  private var batch: LineFeed.Batch?
  /// What of the batch has been made into replies.
  private var position = 0
  private var missed: UInt64 = 0
  private var output: ArraySlice<UInt8> = []

  init(
    _ socket: consuming Descriptor, _ feed: LineFeed, _ loop: EventLoop,
    onClose: @escaping (Follower) -> Void
  ) throws(Errno) {
    self.socket = socket
    self.feed = feed
    self.loop = loop
    self.onClose = onClose
    place = feed.join()
    do {
      token = try loop.add(self.socket.raw, .readable, self)
    } catch {
      feed.leave()
      throw error
    }
  }

  /// Sends what there is, a bounded piece of it. Whether there is more for which there is room.
  func pump() -> Bool {
    if output.isEmpty { fill() }
    guard !output.isEmpty else { return false }
    do {
      try socket.send(&output)
      watch(.readable)
      return true
    } catch {
      if error.isWouldBlock { watch([.readable, .writable]) } else { close() }
      return false
    }
  }

  /// Writable again; or it hung up, or said something, which nobody does who follows.
  func ready(_ events: Events) {
    guard events == .writable else { return close() }
    proceed()
  }

  /// A piece in each round of the loop, until it has no room or there is nothing new.
  private func proceed() {
    if pump() { loop.after(0) { [weak self] in self?.proceed() } }
  }

  func close() {
    guard let token else { return }
    loop.remove(token)
    self.token = nil
    feed.leave()
    onClose(self)
  }

  private func watch(_ events: Events) { if let token { loop.modify(token, events) } }

  private func fill() {
    var json = JSONText()
    while json.bytes.count < Self.outputBytes {
      if batch == nil {
        guard let next = feed.next(&place) else { break }
        batch = next.batch
        position = 0
        missed += next.missed
      }
      guard let lines = batch?.lines, let end = lines[position...].firstIndex(of: 0x0a) else {
        batch = nil
        continue
      }
      reply(lines[position..<end], to: &json)
      position = end + 1
    }
    output = json.bytes[...]
  }

  private func reply(_ line: ArraySlice<UInt8>, to json: inout JSONText) {
    json.object { json in
      json.member("parameters")
      json.object { json in
        json.member("line", String(decoding: line, as: UTF8.self))
        json.member("missed", missed)
      }
      json.member("continues", true)
    }
    json.end()
    missed = 0
  }
}
