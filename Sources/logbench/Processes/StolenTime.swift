internal import Glibc

/// Time in which threads of this machine could have run and its processors were given to others, as
/// the hypervisor tells, proc_stat(5).
enum StolenTime {
  /// Of all processors together since the start, in ticks of usually 10 ms; 0 where nothing tells.
  static var ticks: Int {
    guard let text = readText("/proc/stat"), let all = text.split(separator: "\n").first else {
      return 0
    }
    // cpu user nice system idle iowait irq softirq steal …
    let numbers = all.split(separator: " ")
    return numbers.count > 8 ? Int(numbers[8]) ?? 0 : 0
  }
}
