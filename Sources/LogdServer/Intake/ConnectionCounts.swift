/// Who may connect: connections of all doors, in total and of each user.
struct ConnectionCounts {
  private let countMax: Int
  private let userCountMax: Int
  private var count = 0
  private var users: [UInt32: Int] = [:]

  init(_ listen: Configuration.Listen) {
    countMax = listen.clientsMax
    userCountMax = listen.userClientsMax
  }

  /// Counts one more; or why not.
  mutating func admit(_ uid: UInt32) -> String? {
    if count >= countMax { return "listen.max_clients is \(countMax)" }
    if users[uid, default: 0] >= userCountMax {
      return "listen.max_clients_per_uid is \(userCountMax)"
    }
    adopt(uid)
    return nil
  }

  /// Counts one that an earlier daemon has admitted, whatever the limits are by now.
  mutating func adopt(_ uid: UInt32) {
    count += 1
    users[uid, default: 0] += 1
  }

  mutating func leave(_ uid: UInt32) {
    count -= 1
    users[uid, default: 0] -= 1
    if users[uid] == 0 { users[uid] = nil }
  }
}
