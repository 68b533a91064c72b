internal import CLinux
internal import LogdPlatform

/// What outlives the daemon: descriptors by name, several of one name allowed. What they are is
/// not looked at.
struct DescriptorStore: ~Copyable {
  /// In the order in which they came.
  private(set) var numbers: [Int32] = []
  private(set) var names: [String] = []

  static let countMax = Int(CLINUX_HELD_MAX)

  init() {
    numbers.reserveCapacity(Self.countMax)
    names.reserveCapacity(Self.countMax)
  }

  deinit { for number in numbers { _ = clinux_close(number) } }

  /// Takes over a descriptor. One that is here already is kept once, under its first name; whether
  /// there was room.
  mutating func add(_ descriptor: consuming Descriptor, name: String) -> Bool {
    let raw = descriptor.raw
    if numbers.contains(where: { clinux_is_same_file($0, raw) }) { return true }
    guard numbers.count < Self.countMax else { return false }
    numbers.append(descriptor.release())
    names.append(name)
    return true
  }

  /// Closes all of that name.
  mutating func remove(name: String) {
    var kept = 0
    for index in numbers.indices {
      if names[index] == name {
        _ = clinux_close(numbers[index])
      } else {
        (numbers[kept], names[kept]) = (numbers[index], names[index])
        kept += 1
      }
    }
    numbers.removeLast(numbers.count - kept)
    names.removeLast(names.count - kept)
  }
}
