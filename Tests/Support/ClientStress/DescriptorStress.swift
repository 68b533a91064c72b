import CAllocations
import CLinux
import LogdClient

/// A program that closes all descriptors and uses every number up to 1,100 for sockets of its own:
/// not a byte of the client may ever arrive there.
struct DescriptorStress {
  let client: LogClient
  private let highest: Int32 = 1100

  func run(rounds: Int) {
    var sent = 0
    for _ in 0..<rounds {
      for _ in 0..<1000 {
        client.info("descriptors", [.int("n", sent)])
        sent += 1
      }
      replaceAll()
      for _ in 0..<1000 {
        client.info("descriptors", [.int("n", sent)])
        sent += 1
      }
      do { try client.flush(timeout: .seconds(20)) } catch { fatalError("\(error)") }
      lookForStrayBytes()
    }
    precondition(client.close(timeout: .seconds(20)) == 0 && client.dropped == 0)
    print(sent)
  }

  /// Pair (n, n+1) is a connected pair of sockets: what is written to one can be read from the other.
  private func replaceAll() {
    for descriptor in 3...highest { _ = clinux_close(descriptor) }
    var descriptor: Int32 = 3
    while descriptor < highest {
      var pair: [Int32] = [-1, -1]
      precondition(unsafe clinux_socketpair(Int32(CLINUX_SEQPACKET.rawValue), &pair) == 0)
      descriptor = pair[1] + 1
    }
  }

  private func lookForStrayBytes() {
    var byte: UInt8 = 0
    for descriptor in 3..<highest {
      // The client's own new socket is among them: nothing comes from the daemon.
      let count = unsafe clinux_receive(descriptor, &byte, 1, true)
      precondition(count < 0, "a stray byte arrived at \(descriptor)")
    }
  }
}
