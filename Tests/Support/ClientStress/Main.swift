import LogdClient

/// Misuses of a client that need a process of their own: forks, signals, closed descriptors.
///
/// `ClientStress DIRECTORY MODE COUNT [IDENT [NUMBER]]`; exit code 0: nothing hung, crashed or was lost on this
/// side. What arrived is checked by the test that ran it; what was sent is printed, a line a number.
@main
struct ClientStress {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count >= 4, let count = Int(arguments[3]) else {
      fatalError("usage: ClientStress DIRECTORY MODE COUNT [IDENT [NUMBER]]")
    }
    if arguments.count > 4 { return produce(arguments, count) }
    if arguments[2].hasPrefix("doorbell") {
      return Doorbell(isFenced: arguments[2] == "doorbell").run(rounds: count)
    }
    var options = LogClientOptions()
    options.runtimeDirectory = arguments[1]
    options.overflow = .block(upTo: .seconds(20))
    let client = LogClient(ident: "stress", options: options)
    switch arguments[2] {
    case "latency": Latency(client: client).run(calls: count)
    case "allocations": Latency(client: client).countAllocations(calls: count)
    case "logger-allocations": LoggerAllocations(client: client).count(count)
    case "fork": ForkStress(client: client).run(forks: count, raw: false)
    case "fork-in-action":
      client.action("busy") { ForkStress(client: client).run(forks: count, raw: false) }
    case "clone": ForkStress(client: client).run(forks: count, raw: true)
    case "handler": HandlerStress.logInHandler(client, signals: count)
    case "handler-in-action":
      client.action("busy") { HandlerStress.logInHandler(client, signals: count) }
    case "fork-in-handler": HandlerStress.forkInHandler(client, signals: count)
    case "acknowledged": Acknowledged(client: client).run(records: count)
    case "descriptors": DescriptorStress(client: client).run(rounds: count)
    default: fatalError("no mode \(arguments[2])")
    }
  }
  private static func produce(_ arguments: [String], _ count: Int) {
    let producer = Producer(directory: arguments[1])
    let ident = arguments[4]
    let number = arguments.count > 5 ? Int(arguments[5]) ?? 0 : 0
    switch arguments[2] {
    case "steady": producer.steady(ident, rate: count)
    case "short": producer.short(ident, records: count)
    case "abrupt": producer.abrupt(ident, records: count)
    case "churn": producer.churn(ident, rate: count, seconds: number)
    case "continue": producer.continueTask(ident)
    case "crowd": producer.crowd(ident, count: count, daemon: Int32(number))
    default: fatalError("no mode \(arguments[2])")
    }
  }
}
