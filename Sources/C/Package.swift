// swift-tools-version: 6.3
import PackageDescription

// liblogdclient.so: the client core in Embedded Swift, which needs libc alone. A package of its own,
// because the programs are built with the whole of Swift.
let embedded: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Embedded"),
  .unsafeFlags(["-wmo", "-Osize", "-Xfrontend", "-function-sections"]),
]

let package = Package(
  name: "logd-c",
  products: [.library(name: "logdclient", type: .dynamic, targets: ["LogdClientLibrary"])],
  targets: [
    // What searches text asks for the processor at its start, and no client searches.
    .target(
      name: "CLinux", exclude: ["Scan.c"],
      cSettings: [.unsafeFlags(["-ffunction-sections", "-Os"])]),
    .target(name: "CLogd"),
    .target(name: "LogdWireEmbedded", dependencies: ["CLinux"], swiftSettings: embedded),
    .target(
      name: "LogdClientLibrary", dependencies: ["CLinux", "CLogd", "LogdWireEmbedded"],
      exclude: ["exports.map"],
      swiftSettings: embedded + [.unsafeFlags(["-module-alias", "LogdWire=LogdWireEmbedded"])],
      // Nothing but logd_* is seen from outside, and what nobody calls is left out.
      linkerSettings: [
        .unsafeFlags([
          "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "-soname=liblogdclient.so.0",
          "-Xlinker", "-z", "-Xlinker", "defs", "-Xlinker",
          "--version-script=\(Context.packageDirectory)/Sources/LogdClientLibrary/exports.map",
        ])
      ]),
  ]
)
