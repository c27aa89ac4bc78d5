import Files
import Learning
import Music
import Recommendation
import TestSupport

/// A dataset of 12 playlists over 40 songs, and a model folder of random weights whose catalogue has its songs in
/// another order and lacks the last four.
struct SmallModel {
  let scratch: ScratchFolder
  let dataset: Dataset
  let model: ModelFolder

  init(split: String = "6,3,3", pids: [Int]? = nil, coldSongs: Double? = nil) throws {
    scratch = try ScratchFolder()
    let folder = scratch.path
    let features = AudioFeature.allCases.map(\.rawValue)
    func line(_ song: Int) -> String {
      let values = AudioFeature.allCases.map { feature -> String in
        if song == 5 && feature != .key { return "" }
        return switch feature {
        case .durationMilliseconds: "\(100_000 + song * 3000)"
        case .loudness: "-\(song)"
        case .tempo: "\(80 + song)"
        case .key: "\(song % 12)"
        case .mode: "\(song % 2)"
        case .timeSignature: "4"
        default: "0.\(10 + song * 7 % 83)"
        }
      }
      return "t\(song),Song \(song),Artist \(song % 9)," + values.joined(separator: ",") + "\n"
    }
    let header = (["track_id", "track_name", "artist_name"] + features).joined(separator: ",") + "\n"
    try AtomicFile.write(header + (0..<40).map(line).joined(), to: folder + "/tracks.csv")
    let rows = (0..<12).flatMap { pid in
      (0..<8).map { position in "\(pid),\(position),t\((pid * 5 + position * (pid + 3)) % 40)\n" }
    }
    try AtomicFile.write("pid,pos,track_id\n" + rows.joined(), to: folder + "/playlists.csv")
    let dataset = try Dataset.load(folder: folder)
    self.dataset = dataset

    let order = (0..<36).reversed()
    let songs = SongTable(
      ids: order.map { "t\($0)" }, names: order.map { "Song \($0)" }, artists: order.map { "Artist \($0 % 9)" },
      features: order.flatMap { dataset.songs.features[$0 * 13..<($0 + 1) * 13] })
    let scaling = FeatureScaling.fit(songs: dataset.songs, playlists: dataset.playlists)
    try ModelFolder.writeCatalogue(
      songs: songs, vectors: SongVectors(songs: songs, scaling: scaling), scaling: scaling, to: folder)
    let configuration = ModelConfiguration(hiddenSize: 8)
    let layout = ParameterLayout(configuration)
    try Safetensors.write(
      Weights.contents(Initialization.slab(layout, seed: 2), layout: layout), to: folder + "/model.safetensors")
    var training = TrainingConfiguration()
    training.split = split
    training.songs = 40
    training.coldSongs = coldSongs
    try AtomicFile.write(
      ModelDescription(model: configuration, training: training).json, to: folder + "/config.json")
    try AtomicFile.write((pids ?? Array(0..<6)).map { "\($0)\n" }.joined(), to: folder + "/train.pids")
    model = try ModelFolder(path: folder)
  }

  /// The ids of a playlist of catalogue rows, "?" for what the catalogue does not know.
  func ids(_ playlist: Playlist) -> [String] { playlist.songs.map { $0 < 0 ? "?" : model.catalogue.id($0) } }
}
