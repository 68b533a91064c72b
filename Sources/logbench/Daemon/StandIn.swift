internal import CLinux
internal import LogdControl
internal import LogdPlatform

/// A thread that answers GetStatus as the daemon's I/O thread does, with as much to say, and does
/// nothing else: how long an answer takes on this machine just now, with no daemon in it.
struct StandIn: ~Copyable {
  /// Whom to ask.
  let client: ControlClient
  private let thread: PlatformThread

  init(clients count: Int) throws {
    var ends: [Int32] = [-1, -1]
    _ = try check(unsafe clinux_socketpair(Int32(CLINUX_STREAM.rawValue), &ends))
    let (near, far) = (ends[0], ends[1])
    thread = try PlatformThread("stand-in") {
      UrgentThread.comeFirst()
      Self.answer(ControlClient(Descriptor(owning: far), path: "who asks the stand-in"), count)
    }
    client = ControlClient(Descriptor(owning: near), path: "the stand-in")
  }

  /// Ends when the client has gone.
  consuming func end() {
    clinux_shutdown(client.descriptor.raw)
    thread.join()
  }

  private static func answer(_ asker: ControlClient, _ clients: Int) {
    var status = StatusSnapshot()
    status.clients = Array(repeating: ClientSnapshot(), count: clients)
    while let message = try? asker.receive(timeoutNanoseconds: .max / 2),
      let call = try? ControlJSON.decode(VarlinkCall.self, from: message)
    {
      precondition(call.method == ControlInterface.Method.getStatus, "nothing else is asked")
      let reply = Array(#"{"parameters":{"status":"#.utf8) + status.json + Array("}}".utf8)
      guard (try? asker.send(reply, timeoutNanoseconds: .max / 2)) != nil else { return }
    }
  }
}
