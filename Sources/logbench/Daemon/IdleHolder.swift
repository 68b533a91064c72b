internal import Glibc

/// The process that holds the connections of `idle`.
struct IdleHolder {
  let path: String
  let clients: Int
  let options: ClientOptions

  /// Connects, says one word through each client, so that it has its ring, and waits at the gate.
  func run() throws {
    try FileLimit.raise()
    let message = Array("an idle client".utf8)
    let workload = try Workload.standard()
    var held: [LogdSink] = []
    for _ in 0..<clients {
      var sink = try LogdSink(runtimeDirectory: path, options, workload)
      sink.flushLimit = .seconds(5)
      sink.put(message.span)
      let end = try sink.finish()
      guard end.unflushed == 0 else {
        throw Failure(
          "client \(held.count) gets no ring: is ring.total_max or ring.uid_max reached?")
      }
      held.append(sink)
    }
    try Station.say("ready 0\n")
    withExtendedLifetime(held) { Station.waitAtGate() }
    try Station.say(ProducerReport().message)
  }
}
