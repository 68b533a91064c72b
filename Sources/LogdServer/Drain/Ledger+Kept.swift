extension Ledger {
  /// Whether batches are noted: in every daemon but that of `make ledger-cost`.
  ///
  /// A build with `-DWITHOUT_LEDGER` shows what the ledger costs: it formats its batch into private
  /// memory, and notes neither batches nor tails nor counters. Killed, it may write its last batch
  /// twice. It gives up what an earlier daemon has left in the ledger.
  static var isKept: Bool {
    #if WITHOUT_LEDGER
      false
    #else
      true
    #endif
  }
}
