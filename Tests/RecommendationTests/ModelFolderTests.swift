import Compute
import Files
import FoundationEssentials
import Learning
import Music
import Recommendation
import Testing

@Suite struct ModelFolderTests {
  private func failure(_ model: TestModel) -> String {
    do {
      _ = try model.recommender()
      return ""
    } catch { return "\(error)" }
  }

  @Test func `a whole folder opens and knows its playlists`() throws {
    let model = try TestModel()
    let folder = try ModelFolder(path: model.folder.path)
    #expect(folder.catalogue.count == 400 && folder.songs.songCount == 400)
    #expect(try folder.trainingPids() == ["p1", "p2"])
    #expect(failure(model) == "")
  }

  @Test func `missing folders and files are named`() throws {
    #expect(throws: InputError(path: "/nowhere", reason: "there is no such folder", remedy: "Check the path.")) {
      try ModelFolder(path: "/nowhere")
    }
    for name in ["config.json", "model.safetensors", "catalogue.songs", "catalogue.index"] {
      let model = try TestModel()
      try FileManager.default.removeItem(atPath: model.folder.file(name))
      #expect(failure(model).contains("not a finished model: \(name) missing. Give a folder made by"))
    }
  }

  @Test func `a configuration of another version or kind is refused`() throws {
    let model = try TestModel()
    let path = model.folder.file("config.json")
    let json = try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    try AtomicFile.write(
      json.replacing("\"format_version\" : \(ModelDescription.currentFormatVersion)", with: "\"format_version\" : 99"),
      to: path)
    #expect(failure(model).contains("format version 99"))
    try AtomicFile.write(json.replacing("\"input_size\" : 29", with: "\"input_size\" : 30"), to: path)
    #expect(failure(model).contains("not a model of song vectors of 29 numbers"))
    try AtomicFile.write("{}", to: path)
    #expect(failure(model).contains("not a configuration of this program"))
  }

  @Test func `weights of another size are refused, naming the tensor`() throws {
    let model = try TestModel()
    let layout = ParameterLayout(ModelConfiguration(hiddenSize: 7))
    try Safetensors.write(
      Weights.contents(Initialization.slab(layout, seed: 1), layout: layout),
      to: model.folder.file("model.safetensors"))
    #expect(failure(model).contains("tensor encoder/lstm/kernel has shape [29, 28], needed is [29, 52]"))
  }

  @Test func `a catalogue and an index of different models are refused`() throws {
    let (model, other) = (try TestModel(), try TestModel(songs: 401))
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: other.folder.file("catalogue.index"))))
    try AtomicFile.write(bytes, to: model.folder.file("catalogue.index"))
    #expect(failure(model).contains("belong to different models"))
  }
}
