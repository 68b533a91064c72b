internal import CLinux
internal import FoundationEssentials
internal import LogdControl
internal import LogdPlatform

/// What the daemon says about itself, asked for on control.sock.
enum DaemonStatus {
  private struct Reply: Decodable {
    struct Parameters: Decodable { var status: StatusSnapshot }
    var parameters: Parameters
  }

  /// One GetStatus call; waits at most a second for each piece of the answer.
  static func read(_ runtimeDirectory: String) throws -> StatusSnapshot {
    let path = runtimeDirectory + "/control.sock"
    let socket = Descriptor(owning: clinux_socket(Int32(CLINUX_STREAM.rawValue)))
    let connected = unsafe clinux_connect(socket.raw, path)
    guard connected == 0 else { throw SystemError("connect to", path, Errno(-connected)) }
    let call = Array("{\"method\":\"io.logd.GetStatus\"}\0".utf8)
    let sent = unsafe clinux_send(socket.raw, call, UInt64(call.count))
    guard sent == call.count else { throw Failure("\(path) takes no call") }
    return try JSONDecoder().decode(Reply.self, from: Data(try answer(socket))).parameters.status
  }

  /// Everything up to the NUL.
  private static func answer(_ socket: borrowing Descriptor) throws -> [UInt8] {
    var answer: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while clinux_poll(socket.raw, 1, 1000) > 0 {
      let count = unsafe clinux_receive(socket.raw, &piece, UInt64(piece.count), false)
      guard count > 0 else { break }
      answer += piece[..<Int(count)]
      if answer.last == 0 { return answer.dropLast() }
    }
    throw Failure("no answer from control.sock")
  }
}
