extension Configuration {
  /// The whole as TOML with the values in force, which read back gives the same configuration.
  public var text: String {
    sections { section in
      ConfigurationKey.all.filter { $0.section == section }
        .map { "\($0.name) = \($0.literal(self))" }.joined(separator: "\n")
    }
  }

  /// `config/logd.toml`: every key commented out with its default, what it takes and what it does.
  public static var commentedDefaults: String {
    let header = """
      # The configuration of logd. Every key is optional; what is commented out is the default.
      # Sizes take KiB, MiB, GiB (or a plain number of bytes), durations ms, s, min, h, d.
      # logd --check-config says whether a file is right, logd --print-config what is in force.


      """
    return header
      + Configuration().sections { section in
        ConfigurationKey.all.filter { $0.section == section }.map(\.documented)
          .joined(separator: "\n\n")
      }
  }

  private func sections(_ body: (String) -> String) -> String {
    ConfigurationKey.sections.map { "[\($0)]\n\(body($0))\n" }.joined(separator: "\n")
  }
}

extension ConfigurationKey {
  fileprivate var documented: String {
    let lines = documentation + ["Takes \(expectation)."]
    let comment = lines.map { "# \($0)" }.joined(separator: "\n")
    return "\(comment)\n#\(name) = \(literal(Configuration()))"
  }
}
