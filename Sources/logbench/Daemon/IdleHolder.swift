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
      sink.put(message.span)
      _ = try sink.finish()
      held.append(sink)
    }
    try Station.say("ready 0\n")
    withExtendedLifetime(held) { Station.waitAtGate() }
    try Station.say(ProducerReport().message)
  }
}
