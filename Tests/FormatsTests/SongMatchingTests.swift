import Files
import Formats
import Music
import TestSupport
import Testing

/// Songs that are found by what they are called, and those that must stay apart.
@Suite struct SongMatchingTests {
  private let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  private func list(_ names: [String], to file: String = "list.m3u") throws -> String {
    let lines = names.enumerated().map { "#EXTINF:1,\($0.element)\nmusic/\($0.offset).mp3" }
    return try folder.write("#EXTM3U\n\(lines.joined(separator: "\n"))\n", to: file)
  }

  @Test func `songs that get one made-up id are one song, and the dataset can be opened`() throws {
    let list = try list(["Beyoncé - Halo", "Beyonce - Halo", "Adele - Hello!", "Adele - Hello"])
    let imported = try Imported([list])
    #expect(imported.ids == [["local:beyonce:halo", "local:beyonce:halo", "local:adele:hello", "local:adele:hello"]])
    #expect(imported.dataset.songs.names == ["Halo", "Hello!"] && imported.report.writtenSongs == 2)
    let again = try Imported([list, folder.write("pid,pos,track_id\n1,0,local:adele:hello\n1,1,x\n", to: "t.csv")])
    #expect(again.dataset.songs.ids == ["local:beyonce:halo", "local:adele:hello", "x"])
  }

  @Test func `names in one file and numbers in another meet, in any order`() throws {
    let list = try list(["Adele - Hello", "Adele - Skyfall"])
    let names = try folder.write(
      "track_id,track_name,artist_name\nid1,Hello,Adele\nid2,Skyfall,Adele\n", to: "names.csv")
    let numbers = try folder.write("track_id,energy,tempo\nid1,,\nid1,0.5,120\nid2,0.25,100\n", to: "numbers.csv")
    for sources in [[list, names, numbers], [list, numbers, names], [numbers, names, list]] {
      let imported = try Imported(sources)
      #expect(imported.ids == [["id1", "id2"]] && imported.report.songsWithFeatures == 2)
      #expect(imported.dataset.songs.feature(.tempo, of: 0) == 120 && imported.report.faults.isEmpty)
    }
    let given = try Imported([list], features: [numbers, names])
    #expect(given.report.songsWithFeatures == 2)
  }

  @Test func `of equal titles the one with numbers is taken, and a title before another version with numbers`() throws {
    let list = try list(["Adele - Hello", "Adele - Skyfall"])
    let songs = try folder.write(
      """
      track_id,track_name,artist_name,energy
      bare,Hello,Adele,
      full,Hello,Adele,0.5
      live,Skyfall - Live,Adele,0.5
      plain,Skyfall,Adele,
      """, to: "songs.csv")
    #expect(try Imported([list], features: [songs]).ids == [["full", "plain"]])
  }

  @Test func `songs without artist are told apart by their places, songs of symbols by these`() throws {
    let paths = try folder.write("Adele/25/01 Intro.mp3\nMuse/X/01 Intro.mp3\nMuse/X/01 Intro.mp3\n", to: "a.m3u")
    let imported = try Imported([paths])
    #expect(
      imported.ids == [["local:Adele/25/01-Intro.mp3", "local:Muse/X/01-Intro.mp3", "local:Muse/X/01-Intro.mp3"]])
    #expect(imported.dataset.songs.names == ["Intro", "Intro"])
    let symbols = try list(["Ed Sheeran - +", "Ed Sheeran - ×", "Ed Sheeran - ÷"])
    let features = try folder.write("track_id,track_name,artist_name,energy\nid9,÷,Ed Sheeran,0.5\n", to: "f.csv")
    #expect(
      try Imported([symbols], features: [features]).ids == [["local:ed-sheeran:+", "local:ed-sheeran:×", "id9"]])
  }

  @Test func `an id of MusicBrainz's that nothing else has falls back to title and artist`() throws {
    let ids = ["8f3471b5-7e6a-48da-86a9-c1c07a0f47ae", "9f3471b5-7e6a-48da-86a9-c1c07a0f47ae"]
    let tracks = zip(ids, ["Hello", "Skyfall"]).map {
      "{\"identifier\": [\"https://musicbrainz.org/recording/\($0)\"], \"title\": \"\($1)\", \"creator\": \"Adele\"}"
    }
    let jspf = try folder.write(
      "{\"playlist\": {\"title\": \"LB\", \"track\": [\(tracks.joined(separator: ","))]}}", to: "lb.jspf")
    let names = "track_id,track_name,artist_name,energy\n"
    let other = try folder.write("\(names)id1,Hello,Adele,0.5\nid2,Skyfall,Adele,0.25\n", to: "other.csv")
    let found = try Imported([jspf], features: [other])
    #expect(found.ids == [["id1", "id2"]] && found.report.songsFoundByTitle == 2)
    #expect(found.report.songsWithFeatures == 2)
    let own = try folder.write("\(names)\(ids[0]),Hello,Adele,0.75\n", to: "own.csv")
    let mixed = try Imported([jspf], features: [other, own])
    #expect(mixed.ids == [[ids[0], "id2"]] && mixed.dataset.songs.feature(.energy, of: 0) == 0.75)
    let table = try folder.write(
      "\(names.replacing("track_id", with: "pid,track_id"))1,id2,Skyfall,Adele,0.5\n1,x,X,Y,\n", to: "t.csv")
    let list = try list(["Adele - Skyfall", "Adele - Hello"])
    #expect(try Imported([list, jspf, table]).ids == [["id2", ids[0]], [ids[0], "id2"], ["id2", "x"]])
  }
}
