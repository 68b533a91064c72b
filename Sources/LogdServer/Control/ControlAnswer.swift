internal import LogdControl
internal import LogdPlatform

/// What is to be done about a call.
enum ControlAnswer {
  /// One reply, at once: a JSON object without its NUL.
  case reply([UInt8])
  /// A reply when the flush has ended.
  case flush(durable: Bool, timeoutNanoseconds: UInt64)
  /// A reply when the reload has ended.
  case reload
  /// A reply when there is another log file.
  case rotate
  /// A reply now and after each interval, until the client goes.
  case stream(intervalNanoseconds: UInt64)
  /// Every line from now on, and nothing else any more.
  case follow
}

extension ControlAnswer {
  /// The answer to any call whatever, right or wrong.
  init(to call: VarlinkCall, of peer: ControlPeer, asking delegate: any ControlDelegate) {
    do {
      self = try Self.known(call, peer, delegate) ?? .reply(Self.unknown(call.method))
    } catch {
      self = .error(ControlInterface.Failure.invalidParameter, "parameter", error.parameter)
    }
  }

  private static func known(
    _ call: VarlinkCall, _ peer: ControlPeer, _ delegate: any ControlDelegate
  ) throws(ControlParameters.Invalid) -> ControlAnswer? {
    var parameters = ControlParameters(call)
    switch call.method {
    case ControlInterface.Method.getStatus:
      let interval = try parameters.integer("interval_ms", in: 100...60_000) ?? 1000
      try parameters.end()
      if call.more == true { return .stream(intervalNanoseconds: UInt64(interval) * 1_000_000) }
      return .reply(status(of: delegate, continues: false))
    case ControlInterface.Method.listClients:
      try parameters.end()
      return .reply(clients(of: delegate))
    case ControlInterface.Method.flush:
      let durable = try parameters.boolean("durable") ?? false
      return .flush(durable: durable, timeoutNanoseconds: try timeout(&parameters))
    case ControlInterface.Method.getInfo:
      try parameters.end()
      return .reply(ControlJSON.encode(VarlinkReply(Info())))
    case ControlInterface.Method.getInterfaceDescription:
      let interface = try parameters.string("interface")
      try parameters.end()
      return description(of: interface)
    default: return try change(call, peer, delegate)
    }
  }

  /// Methods that change something, or show what the log's file mode may hide.
  private static func change(
    _ call: VarlinkCall, _ peer: ControlPeer, _ delegate: any ControlDelegate
  ) throws(ControlParameters.Invalid) -> ControlAnswer? {
    typealias Method = ControlInterface.Method
    let methods = [
      Method.setSeverity, Method.reload, Method.sync, Method.rotate, Method.follow,
    ]
    guard methods.contains(call.method) else { return nil }
    guard peer.mayChange else {
      return .reply(
        ControlJSON.encode(
          VarlinkReply(
            error: ControlInterface.Failure.permissionDenied, ReplyParameters.None())))
    }
    var parameters = ControlParameters(call)
    switch call.method {
    case Method.setSeverity:
      let severity = try parameters.severity("severity")
      try parameters.end()
      delegate.setSeverity(severity, by: peer)
      return .reply(ControlJSON.encode(VarlinkReply(ReplyParameters.None())))
    case Method.follow:
      try parameters.end()
      guard call.more == true else {
        return .reply(
          ControlJSON.encode(
            VarlinkReply(error: ControlInterface.Failure.expectedMore, ReplyParameters.None())))
      }
      return .follow
    case Method.sync:
      return .flush(durable: true, timeoutNanoseconds: try timeout(&parameters))
    case Method.rotate:
      try parameters.end()
      return .rotate
    default:
      try parameters.end()
      return .reload
    }
  }

  /// `timeout_ms`, the last parameter.
  private static func timeout(
    _ parameters: inout ControlParameters
  ) throws(ControlParameters.Invalid) -> UInt64 {
    let milliseconds = try parameters.integer("timeout_ms", in: 0...86_400_000) ?? 10_000
    try parameters.end()
    return UInt64(milliseconds) * 1_000_000
  }

  /// The status as a reply.
  static func status(of delegate: any ControlDelegate, continues: Bool) -> [UInt8] {
    var json = JSONText()
    json.object { json in
      json.member("parameters")
      json.object { json in
        json.member("status")
        delegate.status().append(to: &json)
      }
      if continues { json.member("continues", true) }
    }
    return json.bytes
  }

  /// The end of a flush as a reply.
  static func reply(to outcome: FlushOutcome) -> [UInt8] {
    typealias Failure = ControlInterface.Failure
    return switch outcome {
    case .written: ControlJSON.encode(VarlinkReply(ReplyParameters.None()))
    case .timedOut(let remaining):
      ControlJSON.encode(
        VarlinkReply(
          error: Failure.flushTimedOut, ReplyParameters.FlushTimedOut(remaining: remaining)))
    case .failed(let reason):
      ControlJSON.encode(
        VarlinkReply(error: Failure.flushFailed, ReplyParameters.Failed(reason: reason)))
    }
  }

  /// The end of a reload as a reply; `failure`: why the old configuration is still in force.
  static func reply(toReload failure: String?) -> [UInt8] {
    guard let failure else { return ControlJSON.encode(VarlinkReply(ReplyParameters.None())) }
    return ControlJSON.encode(
      VarlinkReply(
        error: ControlInterface.Failure.reloadFailed, ReplyParameters.Failed(reason: failure)))
  }

  static var tooManyFollowers: [UInt8] {
    ControlJSON.encode(
      VarlinkReply(
        error: ControlInterface.Failure.tooManyFollowers,
        ReplyParameters.Limit(limit: Following.followersMax)))
  }

  /// The end of a rotation as a reply.
  static func reply(toRotate result: Result<String?, SystemError>) -> [UInt8] {
    switch result {
    case .success(let archive):
      ControlJSON.encode(VarlinkReply(ReplyParameters.Rotated(archive: archive)))
    case .failure(let error):
      ControlJSON.encode(
        VarlinkReply(
          error: ControlInterface.Failure.rotateFailed,
          ReplyParameters.Failed(reason: error.description)))
    }
  }

  private static func clients(of delegate: any ControlDelegate) -> [UInt8] {
    var json = JSONText()
    json.object { json in
      json.member("parameters")
      json.object { json in
        json.member("clients")
        json.array(delegate.clients()) { client, json in client.append(to: &json) }
      }
    }
    return json.bytes
  }

  private static func description(of interface: String) -> ControlAnswer {
    let text: String
    switch interface {
    case ControlInterface.name: text = ControlInterface.description
    case ControlInterface.serviceName: text = ControlInterface.serviceDescription
    default: return .error(ControlInterface.Failure.interfaceNotFound, "interface", interface)
    }
    return .reply(ControlJSON.encode(VarlinkReply(["description": text])))
  }

  private static func unknown(_ method: String) -> [UInt8] {
    let interface = method.lastIndex(of: ".").map { String(method[..<$0]) } ?? method
    let isOurs = interface == ControlInterface.name || interface == ControlInterface.serviceName
    let reply =
      isOurs
      ? VarlinkReply(error: ControlInterface.Failure.methodNotFound, ["method": method])
      : VarlinkReply(error: ControlInterface.Failure.interfaceNotFound, ["interface": interface])
    return ControlJSON.encode(reply)
  }

  private static func error(_ error: String, _ name: String, _ value: String) -> ControlAnswer {
    .reply(ControlJSON.encode(VarlinkReply(error: error, [name: value])))
  }

  /// What `GetInfo` says.
  private struct Info: Codable, Sendable {
    var vendor = "logd"
    var product = "logd"
    var version = Version.text
    var url = ""
    var interfaces = [ControlInterface.serviceName, ControlInterface.name]
  }
}
