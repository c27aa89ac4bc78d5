import Files
import Foundation
import Learning
import TestSupport
import Testing

struct SafetensorsTests {
  let folder: ScratchFolder
  var path: String { "\(folder.path)/weights.safetensors" }

  init() throws { folder = try ScratchFolder() }

  func write(header: String, data: [UInt8]) throws {
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    bytes += Array(header.utf8) + data
    try Data(bytes).write(to: URL(filePath: path))
  }

  @Test("what is written is read back, metadata included")
  func roundTrip() throws {
    let contents = [
      Safetensors.Content(name: "a/b", shape: [2, 3], values: [1, 2, 3, 4, 5, -0.0]),
      Safetensors.Content(name: "c", shape: [1], values: [.greatestFiniteMagnitude]),
    ]
    try Safetensors.write(contents, metadata: ["who": "\"me\""], to: path)
    let file = try Safetensors(path: path)
    #expect(file.metadata == ["who": "\"me\""])
    for content in contents { #expect(try file.values(content.name, shape: content.shape) == content.values) }
  }

  static let damaged: [(String, String, Int)] = [
    (
      "overlapping offsets",
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
      12
    ),
    ("a gap", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
    ("offsets outside the file", #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, 12),
    ("a shape that does not fill its bytes", #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8),
    ("an overflowing shape", #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, 8),
    ("a negative dimension", #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8),
    ("an unknown dtype", #"{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, 8),
    ("bytes after the end", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8),
    ("foreign JSON", #"["hello"]"#, 0),
    ("no JSON", "hello", 0),
  ]

  @Test("a damaged file is an error that names the file", arguments: damaged)
  func damage(_ name: String, header: String, dataCount: Int) throws {
    try write(header: header, data: [UInt8](repeating: 0, count: dataCount))
    let error = #expect(throws: InputError.self) { try Safetensors(path: path) }
    #expect(error?.path == path)
  }

  @Test("a file cut anywhere is an error")
  func truncation() throws {
    try Safetensors.write([.init(name: "a", shape: [3], values: [1, 2, 3])], to: path)
    let whole = try Data(contentsOf: URL(filePath: path))
    for count in 0..<whole.count {
      try whole[0..<count].write(to: URL(filePath: path))
      #expect(throws: InputError.self) { try Safetensors(path: path) }
    }
  }

  @Test("weights of another shape, another dtype, missing or not finite are refused by name")
  func weights() throws {
    let layout = ParameterLayout(ModelConfiguration(hiddenSize: 3))
    var contents = Weights.contents(Initialization.slab(layout, seed: 1), layout: layout)
    try Safetensors.write(contents, to: path)
    #expect(try Weights.read(path: path, layout: layout) == Initialization.slab(layout, seed: 1))

    func refused(_ part: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
      try Safetensors.write(contents, to: path)
      let error = #expect(throws: InputError.self, sourceLocation: sourceLocation) {
        try Weights.read(path: path, layout: layout)
      }
      #expect(error?.reason.contains(part) == true, sourceLocation: sourceLocation)
    }
    let good = contents
    contents.removeLast()
    try refused("heads/time_signature/bias is missing")
    contents = good
    contents[0] = .init(name: contents[0].name, shape: [12, 29], values: contents[0].values)
    try refused("encoder/lstm/kernel has shape [12, 29]")
    contents = good
    contents[1] = .init(
      name: contents[1].name, shape: contents[1].shape, values: [.nan] + contents[1].values.dropFirst())
    try refused("encoder/lstm/bias holds a number that is not finite")
    try write(
      header: #"{"encoder/lstm/kernel":{"dtype":"I32","shape":[29,12],"data_offsets":[0,1392]}}"#,
      data: [UInt8](repeating: 0, count: 1392))
    #expect(throws: InputError.self) { try Weights.read(path: path, layout: layout) }
  }

  @Test("a write that fails leaves the old file as it was and nothing beside it")
  func failedWrite() throws {
    try Safetensors.write([.init(name: "a", shape: [1], values: [1])], to: path)
    struct Fault: Error {}
    #expect(throws: Fault.self) {
      try AtomicFile.write(to: path) { sink in
        try sink.append([1.0, 2.0])
        throw Fault()
      }
    }
    #expect(try Safetensors(path: path).values("a") == [1])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["weights.safetensors"])
  }
}
