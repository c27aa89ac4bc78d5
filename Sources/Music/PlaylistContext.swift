internal import Files

/// What is known of a playlist besides its songs: its title, and values of other columns of `playlist_meta.csv`, such as
/// its listener's age group, a place or a mood.
package struct PlaylistContext: Sendable, Equatable {
  package var title: String?
  /// `column=value` each.
  package var attributes: [String]

  package init(title: String? = nil, attributes: [String] = []) {
    self.title = title
    self.attributes = attributes
  }

  /// Reads a `playlist_meta.csv`: the titles, and the values of some columns. Empty values count as missing.
  /// - Throws: `InputError`, also for a column that the file has not.
  static func load(_ path: String, columns: [String]) throws -> [String: PlaylistContext] {
    let reader = try CSVReader(path: path)
    let pid = try reader.column("pid")
    let title = try reader.column(ifPresent: "name")
    let others = try columns.map { name in (name: name, column: try reader.column(name)) }
    var contexts: [String: PlaylistContext] = [:]
    while try reader.next() {
      let context = PlaylistContext(
        title: title.map(reader.string).flatMap { $0.isEmpty ? nil : $0 },
        attributes: others.compactMap { name, column in
          let value = reader.string(column)
          return value.isEmpty ? nil : "\(name)=\(value)"
        })
      if context != PlaylistContext() { contexts[reader.string(pid)] = context }
    }
    return contexts
  }
}
