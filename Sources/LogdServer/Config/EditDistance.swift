/// How many insertions, removals and replacements of one character make `a` into `b`
/// (Levenshtein), for "did you mean".
func editDistance(_ a: some StringProtocol, _ b: some StringProtocol) -> Int {
  let b = Array(b.utf8)
  var row = Array(0...b.count)
  for (i, x) in a.utf8.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
      diagonal = above
    }
  }
  return row[b.count]
}
