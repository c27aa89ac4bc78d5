import Files
import Music
import TestSupport
import Testing

@Suite struct SongTitleTests {
  @Test(arguments: [
    (
      "Halo",
      ["HALO", "Halo (Remastered 2011)", "Halo - Live", "Halo [feat. Somebody] - 2009 Remaster", "halo - Radio Edit"]
    ),
    ("Don't Stop", ["Dont Stop", "Don’t Stop (with Friends)", "Don't Stop – Live at Wembley", "don't stop!"]),
    ("(I Can't Get No) Satisfaction", ["(I Can't Get No) Satisfaction - Mono Version"]),
    ("Live", ["Live (Live)"]),
  ])
  func `versions of a song are called the same`(title: String, versions: [String]) {
    for version in versions { #expect(SongTitle.withoutVersion(version) == SongTitle.withoutVersion(title)) }
  }

  @Test func `other songs are not`() {
    let titles = [
      "Requiem", "Requiem - II. Kyrie", "Requiem (Part 2)", "Requiem (Part 1)", "Live", "1999", "Mix - Tape", "???",
      "Live - Live",
    ]
    let names = titles.map(SongTitle.withoutVersion)
    #expect(Set(names.dropLast()).count == titles.count - 1 && names.last == "live")
    #expect(names.allSatisfy { !$0.isEmpty })
    #expect(SongTitle.withoutVersion("") == "")
  }
}

@Suite struct SongExclusionsTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test func `ids, artists and files of either are read`() throws {
    #expect(try SongExclusions("a, spotify:track:b,https://open.spotify.com/track/c?si=1").ids == ["a", "b", "c"])
    #expect(try SongExclusions("artist:Earth, Wind & Fire").artists == ["Earth, Wind & Fire"])
    let list = try SongExclusions(folder.write("a\n\nartist: Earth, Wind & Fire \r\nspotify:track:b\n", to: "list"))
    #expect(list.ids == ["a", "b"] && list.artists == ["Earth, Wind & Fire"])
    let table = try SongExclusions(folder.write("track_name,track_id\n\"x, y\",a\nz,b\n", to: "list.csv"))
    #expect(table.ids == ["a", "b"] && table.artists.isEmpty)
  }

  @Test func `files that are not there and lists of nothing are errors`() throws {
    #expect(throws: InputError(path: "gone.csv", reason: "there is no such file", remedy: "Check the path.")) {
      try SongExclusions("gone.csv")
    }
    #expect(throws: InputError.self) { try SongExclusions("/nowhere/list") }
    #expect(throws: InputError.self) { try SongExclusions(" , ") }
    for text in ["", "\n\n", "track_id\n"] {
      let path = try folder.write(text, to: "empty")
      #expect(#expect(throws: InputError.self) { try SongExclusions(path) }?.path == path)
    }
    let unnamed = try folder.write("a\nartist: \n", to: "unnamed")
    #expect(#expect(throws: InputError.self) { try SongExclusions(unnamed) }?.line == 2)
  }
}
