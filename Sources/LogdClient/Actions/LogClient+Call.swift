extension LogClient {
  /// Runs the body of a function as an action with the function's arguments and its result.
  ///
  /// ```swift
  /// func add(_ first: Int, _ second: Int) -> Int {
  ///   log.call(arguments: [.int("first", first), .int("second", second)]) { first + second }
  /// }
  /// ```
  ///
  /// The action's type is `module.function(…)`. Fields of the record that it started are the
  /// arguments; of the record that it succeeded `result`, unless there is none or `logsResult` is
  /// false. Otherwise as `action(_:_:continuing:_:)`.
  public func call<Answer, Failure: Error>(
    arguments: [LogField] = [], logsResult: Bool = true, file: StaticString = #fileID,
    function: StaticString = #function, _ body: () throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    try action(actionType(file, function), arguments) { (action: LogAction) throws(Failure) in
      let answer = try body()
      if logsResult { action.addResult(answer) }
      return answer
    }
  }

  /// Runs the body of an async function as an action with its arguments and its result.
  public func call<Answer, Failure: Error>(
    arguments: [LogField] = [], logsResult: Bool = true, file: StaticString = #fileID,
    function: StaticString = #function, _ body: () async throws(Failure) -> Answer
  ) async throws(Failure) -> Answer {
    try await action(actionType(file, function), arguments) {
      (action: LogAction) async throws(Failure) in
      let answer = try await body()
      if logsResult { action.addResult(answer) }
      return answer
    }
  }

  /// `shop.save(_:to:)` of `shop/Store.swift` and `save(_:to:)`.
  private func actionType(_ file: StaticString, _ function: StaticString) -> String {
    "\("\(file)".prefix { $0 != "/" }).\(function)"
  }
}

extension LogAction {
  fileprivate func addResult(_ answer: some Any) {
    switch answer {
    case is Void: break
    case let number as Int: addSuccessFields(.int("result", number))
    case let number as UInt: addSuccessFields(.uint("result", number))
    case let number as Double: addSuccessFields(.double("result", number))
    case let truth as Bool: addSuccessFields(.bool("result", truth))
    default: addSuccessFields(.string("result", "\(answer)"))
    }
  }
}
