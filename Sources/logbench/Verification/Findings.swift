/// What is in the file, against what should be.
struct Findings: Codable, Sendable {
  /// Log calls, and of these: given up and counted, by the producers.
  var attempted = 0
  var dropped = 0
  /// Records found, each once.
  var written = 0
  /// Neither given up nor found.
  var lost = 0
  /// Given up and found all the same.
  var surplus = 0
  /// Lines that were there before.
  var doubled = 0
  /// Lines after a later one of the same producer.
  var disordered = 0
  /// Lines that are no record, or not as they were logged, and what stood first among them.
  var torn = 0
  var firstTorn: String?
  /// Records of others.
  var foreign = 0
  /// Records of logd itself.
  var own = 0
  /// Lines whose time is before that of the line above.
  var backwards = 0
  /// Lines whose call was more than a second before the time they show, as the daemon has noted.
  var oldStamps = 0
  /// With stamps: lines whose call was before that of a line above, and by how much at most.
  var lateCalls = 0
  var lateCallsNsMax = 0
  /// The sum of the drop records in the file.
  var dropRecordsSum = 0
  var bytes = 0
  var lines = 0

  /// Whether every record that was not given up is in the file, whole, once, in order.
  var isSound: Bool {
    lost == 0 && surplus == 0 && doubled == 0 && disordered == 0 && torn == 0
      && dropRecordsSum == dropped
  }

  /// The faults, or "sound".
  var summary: String {
    let counts = [
      (lost, "lost"), (surplus, "surplus"), (doubled, "doubled"), (disordered, "disordered"),
      (torn, "torn"),
    ]
    var faults = counts.filter { $0.0 != 0 }.map { "\($0.0) \($0.1)" }
    if dropRecordsSum != dropped {
      faults.append("drop records say \(dropRecordsSum), producers \(dropped)")
    }
    return faults.isEmpty ? "sound" : faults.joined(separator: ", ")
  }
}
