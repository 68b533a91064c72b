internal import CLinux
internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import LogdWire
internal import Testing

/// Programs that know nothing of logd, by syslog.sock and lines.sock.
@Suite struct `Programs that speak text` {
  /// Runs a script with `$run`, the runtime directory; the numbers it prints.
  @discardableResult
  private func sh(_ place: Place, _ script: String) throws -> [Int32] {
    let run = try place.run(
      .env, ["sh", "-euc", "run=\(place.runtimeDirectory)\n\(script)"], within: .seconds(60))
    try #require(run.ending == .exited(0), "\(script): \(run.errors)")
    return run.output.split(separator: "\n").compactMap { Int32($0) }
  }

  /// The records of an ident, once there are so many.
  private func records(
    _ place: Place, of ident: String, _ count: Int = 1, by daemon: TestDaemon
  ) throws -> [LogRecord] {
    var found: [LogRecord] = []
    try daemon.wait("write what \(ident) says") {
      found = try place.records().filter { $0.ident == ident }
      return found.count >= count
    }
    try #require(found.count == count)
    return found
  }

  @Test(arguments: ["syslog.sock", "lines.sock"])
  func `logger, with severity, ident and pid`(socket: String) throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let pids = try sh(
        place,
        """
        logger -u $run/\(socket) -p local3.err -t one 'a message' & echo $!; wait
        logger -u $run/\(socket) -i -p user.debug -t two 'with its pid' & echo $!; wait
        logger -u $run/\(socket) --rfc5424 --msgid 55 -t three -p mail.warning 'the new way' & echo $!
        wait
        """)
      for (index, (ident, severity, text, facility)) in [
        ("one", Severity.error, "a message", "local3"), ("two", .debug, "with its pid", "user"),
        ("three", .warning, "the new way", "mail"),
      ].enumerated() {
        let record = try #require(try records(place, of: ident, by: daemon).first)
        #expect(record.severity == severity && record.text == text)
        #expect(record.pid == pids[index])
        #expect(record.value("facility") == .string(Array(facility.utf8)))
        #expect(record.value("syslog_pid") == nil)
      }
      let new = try records(place, of: "three", by: daemon)[0]
      #expect(new.value("msgid") == .string(Array("55".utf8)))
    }
  }

  @Test func `Python's SysLogHandler`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let pids = try sh(
        place,
        """
        python3 - $run/syslog.sock <<'END'
        import logging, logging.handlers, os, sys
        handler = logging.handlers.SysLogHandler(address=sys.argv[1], facility="daemon")
        handler.ident = "py: "
        logging.getLogger().addHandler(handler)
        logging.warning("a warning")
        logging.critical("two\\nlines, \\u20ac")
        print(os.getpid())
        END
        """)
      let records = try records(place, of: "py", 2, by: daemon)
      #expect(records.map(\.severity) == [.warning, .critical])
      #expect(records.map(\.text) == ["a warning", "two\nlines, €"])
      #expect(records.allSatisfy { $0.pid == pids[0] })
      #expect(records[0].value("facility") == .string(Array("daemon".utf8)))
    }
  }

  @Test func `nc and socat`() throws {
    let place = try Place()
    try withDaemon(in: place) { daemon in
      let pids = try sh(
        place,
        """
        printf 'plain\\n<11>nc: an error\\n{"msg":"json","ident":"nc","level":"debug","n":1}\\nhalf' |
          sh -c 'echo $$; exec nc -N -U '$run/lines.sock
        echo '<12>socat: by socat' | sh -c 'echo $$; exec socat -u - UNIX-CONNECT:'$run/lines.sock
        echo '<13>dgram: by socat' | sh -c 'echo $$; exec socat -u - UNIX-SENDTO:'$run/syslog.sock
        """)
      let plain = try records(place, of: "lines", 2, by: daemon)
      #expect(plain.map(\.text) == ["plain", "half"] && plain.allSatisfy { $0.severity == .info })
      let nc = try records(place, of: "nc", 2, by: daemon)
      #expect(nc.map(\.severity) == [.error, .debug] && nc[1].value("n") == .integer(1))
      #expect((plain + nc).allSatisfy { $0.pid == pids[0] })
      #expect(try records(place, of: "socat", by: daemon).map(\.pid) == [pids[1]])
      #expect(try records(place, of: "dgram", by: daemon).map(\.pid) == [pids[2]])
      let status = try place.status()
      #expect(status.isBalanced)
      #expect(status.clients.map(\.door) == ["syslog"])
    }
  }

  /// glibc looks for nothing but /dev/log: a file system of its own has our socket there.
  @Test(
    .enabled("only root has file systems of its own") { getuid() == 0 },
    arguments: ["syslog.sock", "lines.sock"])
  func `syslog of C, with a socket at dev log`(socket: String) throws {
    let place = try Place()
    let program = place.file("csyslog")
    try withDaemon(in: place) { daemon in
      let pids = try sh(
        place,
        """
        cc -std=c11 -Wall -Wextra -Werror -o \(program) Tests/Support/CSyslog/syslog.c
        unshare -m sh -euc 'mount -t tmpfs none /dev; ln -s '$run'/\(socket) /dev/log; \(program)'
        """)
      let records = try records(place, of: "csyslog", 10, by: daemon)
      #expect(records.prefix(8).map(\.severity) == Severity.allCases)
      #expect(records.prefix(8).map(\.text) == (0..<8).map { "priority \($0)" })
      #expect(records[8].text == "another facility, 100%" && records[8].severity == .notice)
      #expect(records[8].value("facility") == .string(Array("local5".utf8)))
      #expect(records[9].text == "opened by itself")
      #expect(records.allSatisfy { $0.pid == pids[0] && $0.value("syslog_pid") == nil })
      #expect(records[0].value("facility") == .string(Array("daemon".utf8)))
    }
  }

  @Test func `a datagram that is too long is cut and marked, an empty one is a record`() throws {
    let place = try Place()
    try withDaemon(in: place, ["--set", "limits.line_max=1KiB"]) { daemon in
      let socket = Descriptor(owning: try check(clinux_socket(Int32(CLINUX_DATAGRAM.rawValue))))
      _ = try check(unsafe clinux_connect(socket.raw, "\(place.runtimeDirectory)/syslog.sock"))
      for bytes in [[], [UInt8](repeating: 65, count: 5000), Array("<13>a: b".utf8)] {
        _ = try check(unsafe clinux_send(socket.raw, bytes, UInt64(bytes.count)))
      }
      _ = try records(place, of: "a", by: daemon)
      let records = try records(place, of: "syslog", 2, by: daemon)
      #expect(records.map(\.text.utf8.count) == [0, 1024])
      #expect(records[1].fields.last?.isDaemons == true)
      #expect(try place.status().lines_cut == 1)
    }
  }
}
