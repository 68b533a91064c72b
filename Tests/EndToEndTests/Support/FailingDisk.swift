internal import Glibc
internal import LogdPlatform

/// The disk of a daemon that has `libFailDisk.so` before libc: it fails as a test wants it to.
final class FailingDisk {
  /// As in CFaults.h, which cannot be imported without what it does.
  private enum Word {
    static let writeErrno = 0
    static let short = 4
    static let syncErrno = 8
    static let hangWrite = 12
    static let hangSync = 16
    static let failedWrites = 20
    static let failedSyncs = 24
    static let hangOpen = 40
  }

  private let memory: Mapping
  let environment: [String: String]

  init(_ place: Place) throws {
    let path = place.file("faults")
    let file = Descriptor(owning: unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
    guard ftruncate(file.raw, 4096) == 0 else { throw SystemError("make", path, .current) }
    memory = try Mapping(file: file.raw, byteCount: 4096)
    environment = [
      "LD_PRELOAD": Program.directory + "/libFailDisk.so", "LOGD_FAULTS": path,
    ]
  }

  /// Writes fail with `errno`, 0: no more; every other one takes so many bytes before.
  func failWrites(_ errno: Int32, taking bytes: Int32 = 0) {
    memory.store32(Word.short, UInt32(bytes))
    memory.store32(Word.writeErrno, UInt32(errno))
  }

  func failSyncs(_ errno: Int32) { memory.store32(Word.syncErrno, UInt32(errno)) }
  func hangWrites(_ on: Bool) { memory.store32(Word.hangWrite, on ? 1 : 0) }
  func hangOpens(_ on: Bool) { memory.store32(Word.hangOpen, on ? 1 : 0) }
  func hangSyncs(_ on: Bool) { memory.store32(Word.hangSync, on ? 1 : 0) }

  var failedWrites: Int { Int(memory.load32(Word.failedWrites)) }
  var failedSyncs: Int { Int(memory.load32(Word.failedSyncs)) }
}
