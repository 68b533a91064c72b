internal import Glibc
internal import LogdPlatform
internal import LogdWire

// Which control file the block of a ring is in.
extension ClientRegistry {
  /// One of this user with a free block.
  func controlFile(for uid: UInt32) throws(SystemError) -> ControlFile {
    if let file = granting[uid], !file.isFull { return file }
    // So many that half of them belong to nobody: of a small file less is kept for the last one.
    let hasMany = controlBlockCount >= 2 * configuration.listen.clientsMax
    let file = try ControlFile(
      id: makeID(), uid: uid,
      blockCount: hasMany ? ControlFile.blockCountLeast : ControlFile.blockCountMax)
    granting[uid] = file
    return file
  }

  /// The ring in `slot` goes by a block of `file`.
  func join(_ file: ControlFile, slot: Int) {
    controlFiles[slot] = file
    if file.isUnused { controlBlockCount += file.blockCount }
    file.join()
  }

  /// The ring in `slot` is done with. A file that no ring goes by any more goes out of its bag.
  func leaveControlFile(slot: Int) {
    guard let file = controlFiles[slot] else { return }
    controlFiles[slot] = nil
    file.leave()
    guard file.isUnused else { return }
    controlBlockCount -= file.blockCount
    if granting[file.uid] === file { granting[file.uid] = nil }
    shelf?.forget(file.id)
  }
}
