import Files
import Music
import TestSupport
import Testing

struct TrackListTests {
  func load(_ text: String) throws -> [String] {
    let folder = try ScratchFolder()
    return try TrackList.load(folder.write(text, to: "list"))
  }

  @Test("a list of songs is a column track_id or one id a line, addresses shortened")
  func lists() throws {
    #expect(try load("a\nb\n\na\n") == ["a", "b", "a"])
    #expect(try load("track_id\nspotify:track:a\nhttps://open.spotify.com/track/b?si=1\n") == ["a", "b"])
    #expect(try load("pid,pos,track_id\n1,0,x\n1,1,y\n") == ["x", "y"])
    #expect(try load("track_id\n") == [])
    #expect(try load("track_id\nlocal:queen:bohemian rhapsody\n") == ["local:queen:bohemianrhapsody"])
  }

  @Test("two playlists, a missing column and an empty file are errors")
  func errors() {
    #expect(#expect(throws: InputError.self) { try load("pid,track_id\n1,x\n2,y\n") }?.line == 3)
    #expect(#expect(throws: InputError.self) { try load("pid,pos\n1,0\n") }?.reason == "there is no column track_id")
    #expect(#expect(throws: InputError.self) { try load("pid,track_id\n1,\n") }?.reason == "the row has no track_id")
    #expect(throws: InputError.self) { try load("") }
  }
}
