internal import CLinux
internal import Glibc
internal import LogdPlatform

/// Page cache that the machine has really got, handed to the file that is being measured.
///
/// In a virtual machine a page that has been free for a second or two may be given back to the host;
/// touching it again costs 2 µs and more, and the page cache then takes a tenth of what it can.
/// So we hold a file of the size that a run will write, and cut from its end what the run is about
/// to need: the pages the kernel takes next are those that were freed last. (Anonymous memory does not
/// do: it is freed in pieces too small for the page cache. And pieces of one size do not do for
/// writes of another: the kernel takes the smallest free piece that fits, wherever it comes from.)
final class WarmFile {
  private static let pieceBytes = [1 << 20, 600_003, 177_000, 65_537, 300_001, 900_001]
  /// How far the cut is ahead of the file that grows: 75 ms at 1.7 GB/s.
  private static let aheadBytes = 128 << 20

  private let path: String
  private let growing: String
  private var held: Int
  /// What was held when the cutting began, and how long the growing file was; nil before.
  private var start: (held: Int, grown: Int)?

  /// Holds so many bytes at `path`, but not more than half of what is free, for the file `growing`.
  init(path: String, bytes: Int, for growing: String) throws {
    self.path = path
    self.growing = growing
    held = Int(fileBytes(path))
    guard bytes > 0 else { return }
    let wished = min(bytes + Self.aheadBytes, Self.freeBytes / 2)
    let file = try OutputFile(appendingTo: path)
    let piece = [UInt8](repeating: 0x2e, count: 1 << 20)
    var round = 0
    while held < wished {
      let count = Self.pieceBytes[round % Self.pieceBytes.count]
      try file.write(piece, first: count)
      held += count
      round += 1
      try Interruption.check()
    }
  }

  /// Cuts as far as the file has grown, and some way ahead. To be called every few milliseconds.
  func follow() {
    let grown = Int(fileBytes(growing))
    let start = self.start ?? (held, grown)
    self.start = start
    let left = max(0, start.held - (grown - start.grown) - Self.aheadBytes)
    guard held - left >= Self.aheadBytes / 4 || left == 0, left < held else { return }
    _ = unsafe truncate(path, left)  // fails when nothing was held: fine
    held = left
  }

  /// Takes the file that has grown as what is held for the next run, or removes it.
  func recycle() {
    if Int(fileBytes(growing)) > held {
      _ = unsafe rename(growing, path)
    } else {
      _ = unsafe unlink(growing)
    }
  }

  private static var freeBytes: Int {
    for line in (readText("/proc/meminfo") ?? "").split(separator: "\n")
    where line.hasPrefix("MemAvailable:") {
      return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
    return 0
  }
}
