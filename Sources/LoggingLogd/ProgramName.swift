/// What a program is called where nobody gives it a name: the last part of its path.
enum ProgramName {
  static var current: String {
    let name = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? ""
    return name.isEmpty ? "swift" : name
  }
}
