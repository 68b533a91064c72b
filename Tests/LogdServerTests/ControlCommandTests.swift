import CLinux
import Glibc
import LogdControl
import LogdPlatform
import Testing

@testable import LogdServer

@Suite(.timeLimit(.minutes(2))) struct `The command logctl` {
  private let harness: ControlHarness

  init() throws { harness = try ControlHarness() }

  private func logctl(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> (exitCode: Int32, output: String, errors: String) {
    try ControlProgram.run(
      "logctl", arguments + ["--runtime-dir", harness.directory], environment: environment)
  }

  @Test func `status shows the state and its reason first, and nothing that steers a terminal`()
    throws
  {
    let snapshot = StubDaemon.busySnapshot(clients: 2)
    harness.onLoop { $0.snapshot = snapshot }
    let result = try logctl("status")
    let lines = result.output.split(separator: "\n")
    #expect(result.exitCode == 0)
    #expect(lines[0] == "state    degraded: cannot write \"/var/log\": No space left��é�\\")
    #expect(lines[1] == "file     /var/log/logd/logd.log  0 B, 0 B synced  last error: EIO")
    #expect(lines.count == 9)
    #expect(lines[7].contains("worker-0"))
    #expect(!result.output.contains("\u{1B}"))
    #expect(result.errors == "")
  }

  @Test func `status and clients as JSON have everything`() throws {
    let snapshot = StubDaemon.busySnapshot(clients: 2)
    harness.onLoop { $0.snapshot = snapshot }
    let status = try logctl("status", "--json").output
    #expect(status.hasPrefix("{\"state\":\"degraded\",\"reason\":"))
    #expect(status.hasSuffix("}\n"))
    #expect(try ControlJSON.decode(StatusSnapshot.self, from: Array(status.utf8)) == snapshot)
    let clients = try logctl("clients", "--json").output
    let read = try ControlJSON.decode(ReplyParameters.Clients.self, from: Array(clients.utf8))
    #expect(read.clients == snapshot.clients)
  }

  @Test func `clients are a line each`() throws {
    var snapshot = StatusSnapshot()
    var client = ClientSnapshot()
    client.pid = 1234
    client.ident = "worker"
    client.uid = 1000
    client.records = 1_234_567
    client.bytes = 5 << 20
    client.dropped = 3
    client.ringBytes = 1 << 20
    client.ringUsed = 1 << 18
    client.lagMilliseconds = 1.26
    snapshot.clients = [client]
    harness.onLoop { [snapshot] in $0.snapshot = snapshot }
    let output = try logctl("clients").output
    #expect(
      output == """
         PID  IDENT   DOOR    UNIT   UID    RECORDS  RATE/S    BYTES  DROPPED  RING                  LAG
        1234  worker  native  -     1000  1,234,567       -  5.0 MiB        3  [###.......]  25%  1.3 ms

        """)
  }

  @Test func `watch repeats it, with rates`() throws {
    let program = try ControlProgram(
      "logctl", ["status", "--watch", "--runtime-dir", harness.directory])
    #expect(program.outputs { $0.contains("since the start") || $0.contains("rate     -") })
    harness.onLoop {
      $0.snapshot.recordsWritten = 2_000
      $0.snapshot.uptimeSeconds = 2
    }
    #expect(program.outputs { $0.contains("\n\nstate    running") })
    #expect(program.outputs { $0.contains("rate     1,000 records/s") })
  }

  @Test func `watch as JSON is an object a line`() throws {
    let program = try ControlProgram(
      "logctl", ["status", "--watch", "--json", "--runtime-dir", harness.directory])
    #expect(program.outputs { $0.split(separator: "\n").count >= 2 })
    #expect(program.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{") })
  }

  @Test func `flush is silent when it is done`() throws {
    let result = try logctl("flush", "--durable", "--timeout", "3s")
    #expect(result == (0, "", ""))
    let asked = harness.onLoop { $0.flushes.map { ($0.durable, $0.timeoutNanoseconds) }[0] }
    #expect(asked.0)
    #expect((2_900_000_000...3_000_000_000).contains(asked.1))
  }

  @Test func `flush that times out ends with 1 and says what remains`() throws {
    harness.onLoop { $0.flushOutcome = .timedOut(remaining: 42) }
    let result = try logctl("flush", "--timeout", "10ms")
    #expect(
      result == (1, "", "logctl: flush timed out: 42 records are not in the file yet\n"))
  }

  @Test func `sync that times out ends with 1 and says what remains`() throws {
    harness.onLoop { $0.flushOutcome = .timedOut(remaining: 42) }
    let result = try logctl("sync")
    #expect(
      result == (1, "", "logctl: sync timed out: 42 records are not in the file yet\n"))
    harness.onLoop { $0.flushOutcome = .timedOut(remaining: 0) }
    let written = try logctl("sync")
    let text = "logctl: sync timed out: all is in the file, and not all on the disk yet\n"
    #expect(written == (1, "", text))
  }

  @Test func `flush that fails ends with 74`() throws {
    harness.onLoop { $0.flushOutcome = .failed("Input/output error") }
    let result = try logctl("flush")
    #expect(result == (74, "", "logctl: io.logd.FlushFailed: Input/output error\n"))
  }

  @Test(arguments: [
    ["flush", "--timeout", "soon"], ["flush", "--timeout", "25h"], ["nothing"],
    ["status", "--nothing"], ["tail", "-n", "-1"],
    ["query", "--since", "soon"], ["query", "--field", "=x"], ["query", "--grep", "a(b"],
    ["query", "--level", "loud"], ["query", "--output", "xml"], ["query", "-n", "-1"],
    ["status", "--runtime-dir", ""], ["--runtime-dir", "", "status"],
  ])
  func `usage errors end with 64`(_ arguments: [String]) throws {
    #expect(try ControlProgram.run("logctl", arguments).exitCode == 64)
  }

  @Test(arguments: ["status", "clients", "flush", "tail", "query", "metrics"])
  func `no daemon is 69, with the path`(_ command: String) throws {
    let directory = "/tmp/logd-nobody-\(getpid())"
    let result = try ControlProgram.run("logctl", [command, "--runtime-dir", directory])
    let text = "logctl: no daemon at \(directory)/control.sock: No such file or directory\n"
    #expect(result == (69, "", text))
  }

  @Test func `the runtime directory may stand before the command`() throws {
    let result = try ControlProgram.run(
      "logctl", ["--runtime-dir", harness.directory, "status"])
    #expect(result.exitCode == 0)
  }

  @Test func `the runtime directory comes from the environment, too`() throws {
    let result = try ControlProgram.run(
      "logctl", ["status"], environment: ["LOGD_RUNTIME_DIR": harness.directory])
    #expect(result.exitCode == 0)
  }

  @Test func `what is no logd is 69`() throws {
    let log = TemporaryLog()
    let path = "\(log.directory)/control.sock"
    let listener = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_STREAM.rawValue))))
    _ = try check(unsafe clinux_bind(listener.raw, path))
    _ = try check(clinux_listen(listener.raw, 1))
    let program = try ControlProgram("logctl", ["status", "--runtime-dir", log.directory])
    _ = clinux_poll(listener.raw, 1, 10_000)
    let peer = ControlClient(Descriptor(owning: try check(clinux_accept(listener.raw))), path: "")
    try peer.sendRaw(Array("HTTP/1.1 400 Bad Request\0".utf8))
    #expect(program.exitCode() == 69)
    #expect(program.errors == "logctl: what listens at \(path) is no logd\n")
  }

  @Test(arguments: ["status", "clients", "flush", "tail", "query", "merge", "metrics"])
  func `every command helps with examples`(_ command: String) throws {
    let result = try ControlProgram.run("logctl", [command, "--help"])
    #expect(result.exitCode == 0)
    #expect(result.output.contains("Examples:"))
  }
}
