import LogdControl
import Testing

@testable import LogdServer

@Suite struct `The decoder of calls` {
  @Test func `takes no call for another, and nonsense for none`() throws {
    let decoder = CallDecoder()
    let texts = [
      #"{"method":"io.logd.GetStatus"}"#, #"{"method":"io.logd.GetStatus"}"#,
      #"{"method":"io.logd.GetStatut"}"#, #"{"method":"io.logd.GetStatus""#,
      #"{"method":"io.logd.GetStatus","more":true}"#, #"{"method":"io.logd.GetStatus"}"#, "", "{}",
    ]
    for text in texts {
      let message = Array(text.utf8)
      #expect(decoder.decode(message) == VarlinkCall(decoding: message), "\(text)")
    }
  }
}
