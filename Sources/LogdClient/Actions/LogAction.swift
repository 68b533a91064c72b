internal import CLinux
internal import LogdWire
internal import Synchronization

/// Something that begins and succeeds or fails: its records, and those in between, form a tree.
///
/// Made by `action(_:_:continuing:_:)` of ``LogClient``, which logs `started`, and `succeeded` or
/// `failed` when its body has ended. What the client logs within the body is a child of it, and so
/// is an action that begins there; tasks of Swift inherit it, threads and detached tasks do not:
/// ``handOver()`` a place to them. The fields are those of eliot, so eliot-tree shows the tree.
/// All methods may be called from any thread.
public final class LogAction: Sendable {
  /// The action of the current task, if it goes on within one.
  @TaskLocal public static var current: LogAction?

  /// What has happened, a name of the program's choice.
  public let type: String
  /// The same for all records of the tree.
  public let taskUUID: String
  /// Its place in the tree: `/2` is the second child of the first action, which has none.
  public let level: String

  let client: LogClient
  /// Of the process that began it: a child of fork would count on where its parent counts too.
  private let generation: UInt64
  private let children = Atomic<UInt64>(0)
  private let successFields = Mutex<[LogField]>([])
  private let began = clinux_monotonic_ns()

  init(_ type: String, _ client: LogClient, at place: LogTaskID) {
    self.type = type
    self.client = client
    taskUUID = place.uuid
    level = place.level
    generation = client.core.generation
  }

  /// Fields of the record that will say that it succeeded.
  public func addSuccessFields(_ fields: LogField...) { addSuccessFields(fields) }

  func addSuccessFields(_ fields: [LogField]) { successFields.withLock { $0 += fields } }

  /// A place in this action, for one `action(_:_:continuing:_:)` in another thread or process.
  public func handOver() -> LogTaskID {
    LogTaskID(uuid: taskUUID, level: "\(level)/\(takeNumber())")
  }

  /// Whether this process began it.
  var isOurs: Bool { client.core.generation == generation }

  /// The number of the next child.
  func takeNumber() -> UInt64 { children.add(1, ordering: .relaxed).newValue }

  // MARK: its own records

  func start(_ fields: [LogField]) {
    client.openActions.add(1, ordering: .relaxed)
    log(.info, "started", fields)
  }

  func end(_ failure: (any Error)?) {
    let seconds = Double(clinux_monotonic_ns() &- began) / 1e9
    let duration: LogField = .double("duration", seconds)
    if let failure {
      log(
        .error, "failed",
        [
          duration, .string("exception", String(reflecting: Swift.type(of: failure))),
          .string("reason", "\(failure)"),
        ])
    } else {
      log(.info, "succeeded", [duration] + successFields.withLock { $0 })
    }
    client.openActions.subtract(1, ordering: .relaxed)
  }

  private func log(_ severity: Severity, _ status: String, _ own: [LogField]) {
    // The end of an action that a handler's fork has copied is its parent's to tell.
    guard isOurs, client.isEnabled(severity) else { return }
    let fields = own + [.string("action_type", type), .string("action_status", status)]
    let place = ActionPlace(in: self, isMessage: false)
    client.log(severity, "\(type) \(status)", fields: fields.span, at: place)
  }
}
