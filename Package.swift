// swift-tools-version: 6.3
import PackageDescription

/// The settings of every Swift target of ours: warnings are errors, unsafe code is marked.
let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
  name: "logd",
  products: [
    .library(name: "LogdClient", targets: ["LogdClient"]),
    .library(name: "LoggingLogd", targets: ["LoggingLogd"]),
    .executable(name: "logd", targets: ["logd"]),
    .executable(name: "logctl", targets: ["logctl"]),
    .executable(name: "logbench", targets: ["logbench"]),
    .library(name: "CountAllocations", type: .dynamic, targets: ["CAllocations"]),
    .library(name: "FailDisk", type: .dynamic, targets: ["CFaults"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // What Swift cannot import: macros, variadics, atomics on shared memory.
    .target(name: "CLinux"),
    // toml++ behind a C function, for the line and column of every key.
    .target(name: "CToml", cxxSettings: [.define("TOML_HEADER_ONLY", to: "1")]),
    .systemLibrary(
      name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    // For logd, which compresses archives, and logctl, which reads them and searches by pattern.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CPcre2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),

    // Shared by daemon and clients: record encoding, ring layout, handshake.
    .target(name: "LogdWire", dependencies: ["CLinux"], swiftSettings: house),
    .target(name: "LogdClient", dependencies: ["CLinux", "LogdWire"], swiftSettings: house),
    // The handler for swift-log: the only one with these dependencies.
    .target(
      name: "LoggingLogd",
      dependencies: [
        "LogdClient", "LogdWire", logging, lifecycle,
      ],
      swiftSettings: house),

    // The daemon.
    .target(name: "LogdPlatform", dependencies: ["CLinux"], swiftSettings: house),
    .target(
      name: "LogdServer",
      dependencies: [
        "CLinux", "CSystemd", "CToml", "CZlib", "CZstd", "LogdControl", "LogdPlatform", "LogdWire",
      ],
      swiftSettings: house),
    // What is said on control.sock: shared by logd and logctl.
    .target(
      name: "LogdControl", dependencies: ["CLinux", "LogdPlatform"], swiftSettings: house),
    .target(
      name: "LogdArchive",
      dependencies: ["CLinux", "CPcre2", "CZlib", "CZstd", "LogdPlatform", "LogdWire"],
      swiftSettings: house),

    // Programs.
    .executableTarget(
      name: "logd", dependencies: ["LogdControl", "LogdPlatform", "LogdServer", arguments],
      swiftSettings: house),
    .executableTarget(
      name: "logctl",
      dependencies: [
        "CLinux", "LogdArchive", "LogdClient", "LogdControl", "LogdPlatform", "LogdWire", arguments,
      ],
      swiftSettings: house),
    .executableTarget(
      name: "logbench",
      dependencies: [
        "CLinux", "CLogd", "LogdArchive", "LogdClient", "LogdControl", "LogdPlatform",
        "LoggingLogd", arguments, logging,
      ],
      swiftSettings: house),
    // logd.h; the library itself is a package of its own, in the same folder.
    .target(name: "CLogd", path: "Sources/C/Sources/CLogd"),

    // What several suites need: seeded randomness, nasty records, a service manager's socket.
    .target(
      name: "TestSupport", dependencies: ["CLinux", "LogdArchive", "LogdPlatform", "LogdWire"],
      path: "Tests/TestSupport", swiftSettings: house),
    // Programs that tests run in processes of their own.
    .target(name: "CAllocations", path: "Tests/Support/CAllocations"),
    .target(name: "CFaults", path: "Tests/Support/CFaults"),
    .executableTarget(
      name: "ClientStress",
      dependencies: ["CAllocations", "CLinux", "LogdClient", "LogdWire", "LoggingLogd", logging],
      path: "Tests/Support/ClientStress", swiftSettings: house),

    .testTarget(name: "LogdWireTests", dependencies: ["CLinux", "LogdWire"], swiftSettings: house),
    .testTarget(
      name: "LogdClientTests", dependencies: ["CLinux", "LogdClient", "LogdPlatform", "LogdWire"],
      swiftSettings: house),
    .testTarget(
      name: "LogdServerTests",
      dependencies: [
        "CLinux", "LogdArchive", "LogdControl", "LogdPlatform", "LogdServer", "LogdWire",
        "TestSupport", "logctl", "logd",
      ],
      swiftSettings: house),
    .testTarget(
      name: "LogdArchiveTests",
      dependencies: ["LogdArchive", "LogdPlatform", "LogdWire", "TestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "LogbenchTests", dependencies: ["LogdArchive", "logbench"], swiftSettings: house),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "CLinux", "LogdArchive", "LogdClient", "LogdPlatform", "LogdWire", "LoggingLogd",
        "TestSupport", logging, lifecycle,
      ],
      swiftSettings: house),
  ],
  cxxLanguageStandard: .cxx17
)

// `make fuzz`, which compiles everything for libFuzzer: its own product, made only when it is asked for.
if Context.environment["LOGD_FUZZ_BUILD"] != nil {
  package.targets.append(.target(name: "CFuzz", path: "Tests/Support/CFuzz"))
  package.targets.append(
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "CFuzz", "CLinux", "LogdArchive", "LogdControl", "LogdPlatform", "LogdServer", "LogdWire",
      ],
      path: "Tests/Fuzz", exclude: ["Corpus"], swiftSettings: house))
}
