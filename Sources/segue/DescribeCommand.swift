import ArgumentParser
import Files
import Music

struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe", abstract: "Tells what a dataset folder holds.",
    discussion: """
      Counts, lengths of playlists, how many songs and rows have audio features and where those come from, what is \
      missing or lies beyond the expected, what is there twice, and which songs and artists most playlists hold. \
      Playlists of fewer than two songs are left out, as everywhere. Near-identical playlists are looked for among at \
      most \(DatasetDescription.nearIdenticalLimit) playlists.
      """)

  @Argument(help: "The dataset folder.") var dataset: String
  @Option(
    help: ArgumentHelp(
      "Also write a page here: describe.md with pictures, describe.json.", valueName: "folder"))
  var report: String?
  @Flag(help: "Leave out songs and artists: figures only, for a page that may be shared where the songs may not.")
  var noTitles = false
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reportingErrors {
      if let report { try Folder.makeWritable(report) }  // not to fail after the work
      let data = try Dataset.load(folder: dataset)
      let answer = DescriptionAnswer(
        dataset: fileName(dataset), fingerprint: fingerprint(of: data), isSynthetic: data.songs.isSynthetic,
        version: Segue.configuration.version, commit: Segue.commit,
        description: DatasetDescription(of: data, commonCount: noTitles ? 0 : 20))
      print(json ? try encodedJSON(answer) : DescriptionText(answer).text)
      if let report {
        try DescriptionPage(answer).write(to: report)
        Console.print("report written to \(report)")
      }
    }
  }

  /// Of songs and playlists, the ranges of the features taken over all of them, as the reports of `cross-validate` have it.
  private func fingerprint(of data: Dataset) -> String {
    let scaling = FeatureScaling.fit(songs: data.songs, playlists: data.playlists)
    return String(data.fingerprint(SongVectors(songs: data.songs, scaling: scaling)), radix: 16)
  }
}
