/// What must hold between keys that are each right on their own.
///
/// The defaults keep every rule, so a broken one has a key that somebody set.
struct ConfigurationRule: Sendable {
  /// Who is named when it does not hold: the first of these that was set.
  let keys: [String]
  let text: String
  let holds: @Sendable (Configuration) -> Bool

  static let all: [ConfigurationRule] = [
    ConfigurationRule(
      keys: ["ring.size_max", "ring.size"], text: "ring.size must not be above ring.size_max"
    ) { $0.ring.sizeBytes <= $0.ring.sizeBytesMax },
    ConfigurationRule(
      keys: ["limits.record_max", "ring.size"],
      text: "ring.size must be at least twice limits.record_max"
    ) { $0.ring.sizeBytes >= 2 * $0.limits.recordBytesMax },
    ConfigurationRule(
      keys: ["limits.record_max", "ring.intake_size"],
      text: "ring.intake_size must be at least twice limits.record_max"
    ) { $0.ring.intakeBytes >= 2 * $0.limits.recordBytesMax },
    ConfigurationRule(
      keys: ["ring.uid_max", "ring.size"], text: "ring.size must not be above ring.uid_max"
    ) { $0.ring.sizeBytes <= $0.ring.userBytesMax },
    ConfigurationRule(
      keys: ["ring.total_max", "ring.uid_max"],
      text: "ring.uid_max must not be above ring.total_max"
    ) { $0.ring.userBytesMax <= $0.ring.totalBytesMax },
  ]
}
