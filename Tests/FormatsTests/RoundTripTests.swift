import Files
import Formats
import Music
import TestSupport
import Testing

/// Every format that is written is read again: the same songs in the same order.
@Suite struct RoundTripTests {
  private let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  private let playlist = ExportedPlaylist(
    title: "Night & Day <2>",
    tracks: [
      .init(
        id: "4uLU6hMCjMI75M1A2tKUQC", title: "Never - Ever", artist: "A, \"B\"", album: "C;D",
        durationMilliseconds: 213_573),
      .init(id: "own_id-7", title: "Two\nlines", artist: "X & Y"),
      .init(id: "4uLU6hMCjMI75M1A2tKUQC", title: "Never - Ever", artist: "A, \"B\""),
      .init(id: "synthetic0000000000012", title: "Ünïcödé 音楽", artist: "Z"),
    ])

  @Test(arguments: PlaylistFormat.allCases)
  func `a playlist out and in again has the same songs`(format: PlaylistFormat) throws {
    let path = folder.file("out.\(format.rawValue)")
    try format.write(playlist, to: path)
    let imported = try Imported([path])
    #expect(imported.ids == [playlist.tracks.map { $0.id! }])
    #expect(imported.report.faults.isEmpty)
    if format != .csv { #expect(imported.dataset.playlistNames.values.first == playlist.title) }
    #expect(imported.dataset.songs.names.last == "Ünïcödé 音楽" && imported.dataset.songs.artists.last == "Z")
  }
}
