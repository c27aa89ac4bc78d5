import Music

/// A description and what it is of: the answer of `segue describe --json`.
struct DescriptionAnswer: Encodable {
  /// Name of the dataset's folder, without its place.
  var dataset: String
  /// Tells its songs and playlists from any others, in hexadecimal.
  var fingerprint: String
  var isSynthetic: Bool
  var version: String
  /// Of the program's source, where the environment says it.
  var commit: String?
  var description: DatasetDescription

  private enum CodingKeys: CodingKey { case dataset, fingerprint, synthetic, version, commit }

  /// The description's own names beside these.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(dataset, forKey: .dataset)
    try container.encode(fingerprint, forKey: .fingerprint)
    try container.encode(isSynthetic, forKey: .synthetic)
    try container.encode(version, forKey: .version)
    try container.encodeIfPresent(commit, forKey: .commit)
    try description.encode(to: encoder)
  }
}
