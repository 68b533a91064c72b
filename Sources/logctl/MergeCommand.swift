internal import ArgumentParser
internal import LogdArchive
internal import LogdPlatform

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Make one log of several, in the order of time.",
    discussion: """
      For logs of single workers, or of several machines. Files may be compressed. Every line is \
      kept as it is, also one that is no record (beside the line before it) and one that is earlier \
      than a line before it in its file.

      OUT must not be there yet. It appears when it is complete: written beside it, synced, read \
      back and compared. Whatever fails before, or kills the command, leaves all inputs and no OUT. \
      --remove comes after that, and spares a file that has grown meanwhile.

      Exit codes: 0 done, 1 not all inputs removed, 2 some lines are no records, or a compressed \
      file is cut off, 64 usage, 73 OUT cannot be made, 74 I/O error.

      Examples:
        logctl merge worker-*.log -o all.log
        logctl merge worker-*.log -o all.log --remove
      """)

  @ParentCommand var main: Main

  @Argument(help: ArgumentHelp("Files to merge.", valueName: "file"))
  var files: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The result.", valueName: "out"))
  var output: String

  @Flag(help: "Remove the inputs once the result is on the disk and verified.")
  var remove = false

  func run() throws {
    try Ending.reporting {
      DescriptorLimit.raise()
      do {
        try merge()
      } catch let failure as LogMerge.Failure {
        if case .repeated = failure { try Ending.fail(.usage, "\(failure)") }
        try Ending.fail(.inputOutput, "\(failure)")
      } catch let error as SystemError where error.operation == "create" {
        try Ending.fail(error.errno.isForbidden ? .notPermitted : .cannotCreate, "\(error)")
      }
    }
  }

  private func merge() throws {
    let merge = try LogMerge(files, into: output)
    var bar = ProgressBar()
    let total = merge.inputBytes
    let outcome = try merge.run { progress in
      switch progress {
      case .merging(let bytes): bar.show("merging", bytes, of: total)
      case .verifying(let bytes, let all): bar.show("verifying", bytes, of: all)
      }
    }
    bar.end()
    var report = InputReport()
    for (path, text) in outcome.troubles {
      report.add("\(path) \(text); what could be read is merged")
    }
    if outcome.damagedLines > 0 {
      report.add("\(Printable.number(outcome.damagedLines)) lines are no records; they are kept")
    }
    if remove {
      // What could not be read is in no other place.
      let spared = Set(outcome.troubles.map(\.path))
      for (path, reason) in merge.removeInputs(but: spared) {
        report.addMissing("\(path) \(reason)")
      }
    }
    try report.end(found: true)
  }
}
