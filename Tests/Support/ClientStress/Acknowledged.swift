import Glibc
import LogdClient

/// Logs 0, 1, 2, … until it is killed. How many calls have returned stands at the beginning of
/// standard output, a file, as eight bytes: it survives the process, as the records have to.
struct Acknowledged {
  let client: LogClient

  func run(records: Int) {
    for number in 0..<records {
      client.info("record", [.int("n", number)])
      var count = UInt64(number + 1)
      guard unsafe pwrite(1, &count, 8, 0) == 8 else { fatalError("cannot acknowledge") }
    }
  }
}
