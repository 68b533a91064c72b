internal import Glibc
internal import LogdPlatform
internal import LogdWire

extension Service {
  /// The intake with what an earlier daemon left in it, and the doors that fill it.
  static func openDoors(
    _ registry: ClientRegistry, _ configuration: Configuration, _ limits: FrameLimits,
    _ paths: RuntimePaths, _ relay: ServiceRelay
  ) throws -> TextDoors? {
    let isServed = configuration.listen.lines.enabled || configuration.listen.syslog.enabled
    guard isServed || (try? FileStatus(of: paths.intake, followingLinks: false)) != nil else {
      return nil
    }
    let lineBytesMax = max(configuration.limits.lineBytesMax, 16 << 10)
    let geometry = IntakeFile.Geometry(
      dataBytes: configuration.ring.intakeBytes, places: configuration.listen.clientsMax,
      placeBytes: RingMemory.powerOfTwo(atLeast: lineBytesMax))
    let file: IntakeFile
    do throws(SystemError) {
      file = try IntakeFile(path: paths.intake, geometry, ring: registry.makeID())
    } catch {
      throw StartupError(.cannotCreate, "\(error)")
    }
    let loop = registry.loop
    let room = IntakeRoom { loop.post { relay.service?.doors?.roomMade() } }
    let ring = try registry.attach(file, room: room)
    // An intake that an earlier daemon made for smaller records takes no larger ones.
    let own = FrameLimits(
      recordBytes: min(configuration.limits.recordBytesMax, file.geometry.dataBytes / 2),
      fields: configuration.limits.fieldsMax)
    let intake = try Intake(file, ring, own, registry.inbox, room)
    registry.intake = intake
    return try TextDoors(intake, registry, configuration.limits)
  }
}
