internal import FoundationEssentials

/// One call on control.sock: a JSON object, ended by a NUL on the wire. https://varlink.org
public struct VarlinkCall: Codable, Equatable, Sendable {
  /// Interface and name: `io.logd.GetStatus`.
  public var method: String
  public var parameters: [String: Value]?
  /// No reply is wanted.
  public var oneway: Bool?
  /// Several replies are wanted.
  public var more: Bool?

  public init(_ method: String, _ parameters: [String: Value] = [:], more: Bool = false) {
    self.method = method
    self.parameters = parameters.isEmpty ? nil : parameters
    self.more = more ? true : nil
  }

  /// Any bytes whatever; `nil`: they are no call.
  public init?(decoding bytes: some Collection<UInt8>) {
    guard let call = try? JSONDecoder().decode(VarlinkCall.self, from: Data(bytes)) else {
      return nil  // whoever sends this does not speak Varlink: there is nothing to tell it
    }
    self = call
  }

  /// A value of a parameter. None of ours is more than a scalar.
  public enum Value: Codable, Equatable, Sendable {
    case boolean(Bool)
    case integer(Int)
    case string(String)
    case null
    case other

    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let flag = try? container.decode(Bool.self) {
        self = .boolean(flag)
      } else if let number = try? container.decode(Int.self) {
        self = .integer(number)
      } else if let text = try? container.decode(String.self) {
        self = .string(text)
      } else {
        self = .other
      }
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .boolean(let flag): try container.encode(flag)
      case .integer(let number): try container.encode(number)
      case .string(let text): try container.encode(text)
      case .null, .other: try container.encodeNil()
      }
    }
  }
}
