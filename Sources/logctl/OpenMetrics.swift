internal import LogdControl

/// A status in the text format of OpenMetrics 1.0, https://openmetrics.io.
struct OpenMetrics {
  private var text = ""

  /// - Parameter hasClients: also what each client does: a series for each process that logs.
  init(_ status: StatusSnapshot, hasClients: Bool) {
    addDaemon(status)
    addRecords(status)
    addMemory(status)
    addFile(status.file)
    if hasClients { addClients(status.clients) }
  }

  var lines: String { text + "# EOF\n" }

  private mutating func addDaemon(_ status: StatusSnapshot) {
    family("logd_build", "info", "The program that answers.")
    sample("logd_build_info", [("version", status.version)], 1)
    family("logd_state", "stateset", "Whether records reach the file.")
    for state in [StatusSnapshot.State.running, .degraded, .draining] {
      sample("logd_state", [("logd_state", state.rawValue)], state == status.state ? 1 : 0)
    }
    family("logd_uptime_seconds", "gauge", "Since the daemon began.", unit: "seconds")
    sample("logd_uptime_seconds", [], status.uptimeSeconds)
    counter("logd_batches", status.batches, "Writes to the file.")
    counter("logd_wakeups", status.wakeups, "How often the writer was woken.")
    gauge("logd_clients", UInt64(status.clients.count), "Who is connected.")
  }

  private mutating func addRecords(_ status: StatusSnapshot) {
    counter("logd_records_received", status.recordsReceived, "Taken from rings and parsed.")
    counter("logd_records_written", status.recordsWritten, "In the file.")
    counter("logd_records_dropped", status.recordsDropped, "Given up by the daemon.")
    counter("logd_records_handed_off", status.recordsHandedOff, "Given to journald.")
    counter("logd_records_late", status.recordsLate, "Older than the order window.")
    counter(
      "logd_records_suppressed", status.recordsSuppressed, "Beyond the rate limit of a client.")
    counter(
      "logd_records_producer_dropped", status.producerDropped,
      "Given up by the producers, because a ring was full.")
    gauge("logd_records_in_batch", status.recordsInBatch, "Formatted and not yet in the file.")
    counter("logd_lines_malformed", status.linesMalformed, "Looked like JSON and were not.")
    counter("logd_lines_cut", status.linesCut, "Longer than a line may be.")
  }

  private mutating func addMemory(_ status: StatusSnapshot) {
    gauge("logd_rings", UInt64(status.rings.count), "Rings of clients.")
    bytes("logd_rings_used_bytes", status.rings.bytesUsed, "What is in them.")
    bytes("logd_rings_capacity_bytes", status.rings.bytesCapacity, "What would fit.")
    bytes("logd_unparsed_bytes", status.bytesUnparsed, "In the rings, not yet looked at.")
    bytes("logd_memory_bytes", status.memoryBytes, "What the daemon holds, its rings included.")
  }

  private mutating func addFile(_ file: FileSnapshot) {
    bytes("logd_file_size_bytes", file.bytes, "The log file.")
    bytes("logd_file_synced_bytes", file.syncedBytes, "Known to be on the disk.")
    bytes("logd_file_suspect_bytes", file.suspectBytes, "In doubt: a sync of them failed.")
    counter("logd_file_rotations", file.rotations, "How often the file was rotated.")
    gauge("logd_file_failing", file.lastError.isEmpty ? 0 : 1, "Whether its last failure matters.")
  }

  /// Processes of the same number, ident and unit are one series.
  private mutating func addClients(_ clients: [ClientSnapshot]) {
    let groups = Dictionary(grouping: clients) { [("\($0.pid)"), $0.ident, $0.unit] }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    let columns: [(String, String, String, (ClientSnapshot) -> UInt64)] = [
      ("logd_client_records", "counter", "Records of a client.", \.records),
      ("logd_client_dropped", "counter", "What it gave up itself.", \.dropped),
      ("logd_client_ring_used_bytes", "gauge", "What is in its ring.", \.ringUsed),
      ("logd_client_ring_capacity_bytes", "gauge", "What would fit.", \.ringBytes),
    ]
    for (name, type, help, value) in columns {
      family(name, type, help, unit: name.hasSuffix("_bytes") ? "bytes" : nil)
      for (key, group) in groups {
        let sum = group.reduce(0) { $0 &+ value($1) }
        let labels = [("pid", key[0]), ("ident", key[1]), ("unit", key[2])]
        sample(type == "counter" ? "\(name)_total" : name, labels, sum)
      }
    }
  }

  // MARK: lines

  private mutating func counter(_ name: String, _ value: UInt64, _ help: String) {
    family(name, "counter", help)
    sample("\(name)_total", [], value)
  }

  private mutating func gauge(_ name: String, _ value: UInt64, _ help: String) {
    family(name, "gauge", help)
    sample(name, [], value)
  }

  private mutating func bytes(_ name: String, _ value: UInt64, _ help: String) {
    family(name, "gauge", help, unit: "bytes")
    sample(name, [], value)
  }

  private mutating func family(
    _ name: String, _ type: String, _ help: String, unit: String? = nil
  ) {
    text += "# TYPE \(name) \(type)\n"
    if let unit { text += "# UNIT \(name) \(unit)\n" }
    text += "# HELP \(name) \(help)\n"
  }

  private mutating func sample(
    _ name: String, _ labels: [(name: String, value: String)], _ value: some CustomStringConvertible
  ) {
    let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
    text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(pairs)} \(value)\n"
  }

  /// A process chooses its name itself.
  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { out, scalar in
      switch scalar {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      default: out.unicodeScalars.append(scalar)
      }
    }
  }
}
