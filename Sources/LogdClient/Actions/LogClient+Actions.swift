public import Synchronization

extension LogClient {
  /// Runs `body` as an action: logs that it started, and that it succeeded or failed.
  ///
  /// ```swift
  /// try log.action("save", [.string("path", path)]) { action in
  ///   action.addSuccessFields(.int("bytes", try write(path)))
  /// }
  /// ```
  ///
  /// The records have severity info, err when it failed; see ``LogAction`` for what is within it. Their
  /// fields: `task_uuid`, `task_level` (`/1/2`, in JSON `[1,2]`), `action_type`, `action_status`,
  /// `timestamp` (seconds since 1970), at the end `duration` (seconds) and, of a failure,
  /// `exception` and `reason`.
  ///
  /// - Parameters:
  ///   - type: what is done.
  ///   - fields: of the record that says it started.
  ///   - task: a place that was handed over; nil: within the action that goes on, or a new task.
  /// - Throws: what the body throws.
  public func action<Answer, Failure: Error>(
    _ type: String, _ fields: [LogField] = [], continuing task: LogTaskID? = nil,
    _ body: (LogAction) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    let action = begin(type, fields, task)
    let result = LogAction.$current.withValue(action) { () -> Result<Answer, Failure> in
      do throws(Failure) { return .success(try body(action)) } catch { return .failure(error) }
    }
    action.end(result.failure)
    return try result.get()
  }

  /// Runs `body` as an action that has no use for it itself.
  public func action<Answer, Failure: Error>(
    _ type: String, _ fields: [LogField] = [], continuing task: LogTaskID? = nil,
    _ body: () throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    try action(type, fields, continuing: task) { (_: LogAction) throws(Failure) in try body() }
  }

  /// Runs an async `body` as an action: its child tasks inherit it.
  public func action<Answer, Failure: Error>(
    _ type: String, _ fields: [LogField] = [], continuing task: LogTaskID? = nil,
    _ body: (LogAction) async throws(Failure) -> Answer
  ) async throws(Failure) -> Answer {
    let action = begin(type, fields, task)
    let result = await LogAction.$current.withValue(action) { () async -> Result<Answer, Failure> in
      do throws(Failure) {
        return .success(try await body(action))
      } catch {
        return .failure(error)
      }
    }
    action.end(result.failure)
    return try result.get()
  }

  /// Runs an async `body` as an action that has no use for it itself.
  public func action<Answer, Failure: Error>(
    _ type: String, _ fields: [LogField] = [], continuing task: LogTaskID? = nil,
    _ body: () async throws(Failure) -> Answer
  ) async throws(Failure) -> Answer {
    try await action(type, fields, continuing: task) { (_: LogAction) async throws(Failure) in
      try await body()
    }
  }

  private func begin(_ type: String, _ fields: [LogField], _ task: LogTaskID?) -> LogAction {
    var parent = LogAction.current
    if parent?.isOurs == false { parent = nil }
    let action = LogAction(type, self, at: task ?? parent?.handOver() ?? .root())
    action.start(fields)
    return action
  }

  /// The place of a record that is logged now; nil outside an action. One load where this client
  /// has none.
  @inlinable @inline(__always)
  var actionPlace: ActionPlace? {
    openActions.load(ordering: .relaxed) == 0 ? nil : takeActionPlace()
  }

  @usableFromInline @inline(never)
  func takeActionPlace() -> ActionPlace? {
    guard let action = LogAction.current, action.client === self, action.isOurs else { return nil }
    return ActionPlace(in: action, isMessage: true)
  }
}

extension Result {
  fileprivate var failure: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}
