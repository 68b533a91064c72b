/// What became of a run of ``QueryRun``.
struct QueryResult: Encodable {
  let bytes: Int
  let lines: Int
  let fileSystem: String
  let scans: [Scan]
  /// From the start of the process, for several places in the file.
  let firstLineSeconds: [Double]

  /// One command, the best of its rounds.
  struct Scan: Encodable {
    let name: String
    let seconds: Double
    let cpuSeconds: Double
    let peakBytes: Int
    let outputBytes: Int

    func better(_ other: Scan) -> Scan { other.seconds < seconds ? other : self }
  }

  /// grep and query have found the same.
  var isSound: Bool {
    scans[0].outputBytes == scans[1].outputBytes && scans[2].outputBytes == scans[3].outputBytes
      && scans[4].outputBytes == scans[0].outputBytes
  }

  private var firstLines: String {
    firstLineSeconds.map { rounded($0 * 1000, 1) }.joined(separator: ", ")
  }

  var text: String {
    let size = Double(bytes) / 1e9
    var table = Table(["", "s", "cpu s", "GB/s", "GB/s a core", "peak MiB", "output MB"])
    for scan in scans {
      table.add([
        scan.name, rounded(scan.seconds, 3), rounded(scan.cpuSeconds, 3),
        rounded(size / scan.seconds, 2), rounded(size / scan.cpuSeconds, 2),
        "\(scan.peakBytes >> 20)", rounded(Double(scan.outputBytes) / 1e6, 1),
      ])
    }
    let ratios = [(0, 1), (2, 3)].map { rounded(scans[$0].seconds / scans[$1].seconds, 2) }
    return """
      \(rounded(size, 2)) GB, \(lines) lines, \(fileSystem); the best of the rounds
      \(table.text)grep -F took \(ratios[0]) and \(ratios[1]) times as long as query --grep
      first line of query --since after \(firstLines) ms
      \(isSound ? "both found the same" : "grep and query did not find the same")

      """
  }
}
