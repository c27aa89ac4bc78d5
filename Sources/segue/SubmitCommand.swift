import ArgumentParser
import Compute
import Files
import Formats
import Music
import Recommendation

struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Writes or checks a submission to the Million Playlist Dataset's challenge.",
    usage: """
      segue submit MODEL CHALLENGE_SET --team NAME --email ADDRESS --out FILE
      segue submit --check FILE CHALLENGE_SET
      """,
    discussion: """
      Recommends exactly \(SubmissionWriter.trackCount) songs for each playlist of challenge_set.json (plain or gzip), \
      best first, none of those given and none twice, in the file format of the RecSys Challenge 2018. Where a playlist \
      has a title only, the model goes by the words that it knows; where it knows nothing at all, the songs come that \
      most of its training playlists hold. Only songs whose id is Spotify's (22 digits and letters) are recommended. The \
      finished file is held against the challenge's rules; --check holds any file against them.
      """)

  @Argument(help: ArgumentHelp("The model folder, then challenge_set.json.", valueName: "path"))
  var paths: [String]

  @Option(help: ArgumentHelp("The team's name, for the first line.", valueName: "name")) var team: String?
  @Option(help: ArgumentHelp("The team's e-mail address, for the first line.", valueName: "address")) var email: String?
  @Option(help: ArgumentHelp("The file to write; packed where it ends in .gz.", valueName: "file")) var out: String?
  @Option(help: ArgumentHelp("Check this submission, plain or gzip, and write nothing.", valueName: "file"))
  var check: String?

  private static let batchSize = 256

  func validate() throws {
    if check != nil {
      guard paths.count == 1 else {
        throw ValidationError("With --check name the challenge's playlists, nothing else.")
      }
      guard team == nil, email == nil, out == nil else {
        throw ValidationError("--check writes nothing: leave out --team, --email and --out.")
      }
      return
    }
    guard paths.count == 2 else { throw ValidationError("Name a model folder and the challenge's playlists.") }
    guard team != nil, email != nil, out != nil else { throw ValidationError("--team, --email and --out are needed.") }
  }

  func run() throws {
    try reportingErrors {
      let challenge = try ChallengeSet.load(paths[paths.count - 1])
      guard let check else { return try submit(challenge, team: team!, email: email!, to: out!) }
      let result = try SubmissionCheck(check, of: challenge)
      guard result.faults.isEmpty else {
        show(result)
        throw ExitCode(ExitStatus.badInput.rawValue)
      }
      print("\(check): \(result.playlistCount) playlists by \(result.team ?? ""), no fault")
    }
  }

  private func submit(_ challenge: [ChallengePlaylist], team: String, email: String, to path: String) throws {
    let writer = try SubmissionWriter(team: team, email: email)
    let lists = try FullLists(
      try ModelFolder(path: paths[0]), backend: try CPUBackend(),
      isAllowed: SpotifyID.isValid)
    try writer.write(to: path) { append in
      for start in stride(from: 0, to: challenge.count, by: Self.batchSize) {
        let batch = challenge[start..<min(start + Self.batchSize, challenge.count)]
        let requests = batch.map { playlist in
          PlaylistRequest(
            songs: playlist.seeds.map { lists.catalogue.row(of: $0) ?? -1 },
            context: PlaylistContext(title: playlist.title))
        }
        let songs = try lists.lists(for: requests, count: SubmissionWriter.trackCount, source: paths[0])
        for (playlist, rows) in zip(batch, songs) { try append(playlist.pid, rows.map(lists.catalogue.id)) }
        Console.print("\(batch.endIndex) of \(challenge.count) playlists")
      }
    }
    guard !AtomicFile.isStream(path) else { return }
    let result = try SubmissionCheck(path, of: challenge)
    guard result.faults.isEmpty else {
      Console.print("FAULT OF SEGUE: the submission breaks the challenge's rules")
      show(result)
      throw ExitCode(ExitStatus.ownFault.rawValue)
    }
    print("\(path): \(result.playlistCount) playlists, \(SubmissionWriter.trackCount) songs each, no fault")
    Console.print("the songs that most playlists hold, for want of any known song or word: \(lists.popularCount)")
  }

  private func show(_ result: SubmissionCheck) {
    for fault in result.faults { Console.print("\(fault)") }
    let more = result.faultCount - result.faults.count
    Console.print(
      "\(result.faultCount) fault\(result.faultCount == 1 ? "" : "s")" + (more > 0 ? ", \(more) not shown" : ""))
  }
}
