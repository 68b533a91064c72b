internal import LogdPlatform
internal import Synchronization

/// The way back from the writer to the text doors: the intake's ring has room again.
///
/// The I/O thread says that it wants room and looks once more; the writer moves the tail and looks
/// whether anybody wants it. Full fences between: one of the two sees the other.
final class IntakeRoom: Sendable {
  private let isWanted = Atomic<Bool>(false)
  private let made: @Sendable () -> Void

  /// `made` is called on the writer's thread, once for each time that room is wanted.
  init(made: @escaping @Sendable () -> Void) { self.made = made }

  func want() {
    isWanted.store(true, ordering: .relaxed)
    fullFence()
  }

  func tailMoved() {
    fullFence()
    guard isWanted.load(ordering: .relaxed) else { return }
    isWanted.store(false, ordering: .relaxed)
    made()
  }
}
