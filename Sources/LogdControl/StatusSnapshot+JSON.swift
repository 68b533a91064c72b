extension StatusSnapshot {
  /// As one JSON object, with what matters most in front.
  public var json: [UInt8] {
    var json = JSONText()
    append(to: &json)
    return json.bytes
  }

  public func append(to json: inout JSONText) {
    json.object { json in
      json.member("state", state.rawValue)
      json.member("reason", reason)
      json.member("pid", pid)
      json.member("version", version)
      json.member("uptime_seconds", uptimeSeconds)
      json.member("records_received", recordsReceived)
      json.member("records_written", recordsWritten)
      json.member("records_dropped", recordsDropped)
      json.member("records_handed_off", recordsHandedOff)
      json.member("records_in_batch", recordsInBatch)
      json.member("bytes_written", bytesWritten)
      json.member("batches", batches)
      json.member("severity", severity)
      json.member("records_late", recordsLate)
      json.member("producer_dropped", producerDropped)
      json.member("bytes_unparsed", bytesUnparsed)
      json.member("lines_malformed", linesMalformed)
      json.member("lines_cut", linesCut)
      json.member("records_suppressed", recordsSuppressed)
      json.member("wakeups", wakeups)
      json.member("memory_bytes", memoryBytes)
      json.member("file")
      file.append(to: &json)
      json.member("rings")
      rings.append(to: &json)
      json.member("journald")
      journald.append(to: &json)
      json.member("clients")
      json.array(clients) { client, json in client.append(to: &json) }
    }
  }
}

extension FileSnapshot {
  fileprivate func append(to json: inout JSONText) {
    json.object { json in
      json.member("path", path)
      json.member("bytes", bytes)
      json.member("rotations", rotations)
      json.member("synced_bytes", syncedBytes)
      json.member("suspect_bytes", suspectBytes)
      json.member("last_error", lastError)
    }
  }
}

extension JournaldSnapshot {
  fileprivate func append(to json: inout JSONText) {
    json.object { json in
      json.member("handoff", handoff)
      json.member("in_place_of_file", isInPlaceOfFile)
      json.member("records", records)
      json.member("dropped", dropped)
      json.member("queued_bytes", queuedBytes)
      json.member("stuck_seconds", stuckSeconds)
    }
  }
}

extension RingsSnapshot {
  fileprivate func append(to json: inout JSONText) {
    json.object { json in
      json.member("count", count)
      json.member("bytes_used", bytesUsed)
      json.member("bytes_capacity", bytesCapacity)
    }
  }
}

extension ClientSnapshot {
  /// As one JSON object.
  public func append(to json: inout JSONText) {
    json.object { json in
      json.member("pid", pid)
      json.member("uid", uid)
      json.member("gid", gid)
      json.member("ident", ident)
      json.member("unit", unit)
      json.member("comm", comm)
      json.member("door", door)
      json.member("records", records)
      json.member("bytes", bytes)
      json.member("dropped", dropped)
      json.member("malformed", malformed)
      json.member("cut", cut)
      json.member("suppressed", suppressed)
      json.member("ring_bytes", ringBytes)
      json.member("ring_used", ringUsed)
      json.member("lag_ms", lagMilliseconds)
      json.member("connected_seconds", connectedSeconds)
    }
  }
}
