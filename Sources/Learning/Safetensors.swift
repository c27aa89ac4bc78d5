internal import FoundationEssentials
internal import Files

/// The safetensors format (huggingface/safetensors): 8 bytes little-endian header length, a JSON header
/// `{"name":{"dtype","shape","data_offsets"}, "__metadata__":{…}}`, then the data. Values are float32.
package struct Safetensors {
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let dtype: String
    package let shape: [Int]
    /// Bytes of the values, from the start of the data.
    let range: Range<Int>
  }

  /// Entries by name.
  package let entries: [String: Entry]
  package let metadata: [String: String]
  package var path: String { file.path }
  private let file: MappedFile
  private let dataStart: Int

  /// Opens and checks a file: header, dtypes, shapes, offsets in range, without overlaps or gaps.
  /// - Throws: `InputError` that names the file and the tensor.
  package init(path: String) throws {
    file = try MappedFile(path: path)
    func fail(_ reason: String) -> InputError {
      InputError(path: path, reason: reason, remedy: "The file is damaged or not a safetensors file.")
    }
    let bytes = file.bytes
    guard bytes.count >= 8 else { throw fail("\(bytes.count) bytes are too few for a header") }
    let headerLength = bytes.loadUnaligned(as: UInt64.self).littleEndian
    guard headerLength <= 100_000_000, headerLength <= UInt64(bytes.count - 8) else {
      throw fail("header of \(headerLength) bytes in a file of \(bytes.count)")
    }
    dataStart = 8 + Int(headerLength)
    let header: [String: HeaderValue]
    do {
      header = try JSONDecoder().decode([String: HeaderValue].self, from: Data(bytes[8..<dataStart]))
    } catch {
      throw fail("the header is not a safetensors header")
    }
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]
    for (name, value) in header {
      switch value {
      case .metadata(let pairs): metadata = pairs
      case .tensor(let tensor):
        guard let size = Self.elementSizes[tensor.dtype] else { throw fail("\(name): unknown dtype \(tensor.dtype)") }
        var count = 1
        for dimension in tensor.shape {
          let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
          guard dimension >= 0, !overflow else { throw fail("\(name): impossible shape \(tensor.shape)") }
          count = product
        }
        guard tensor.offsets.count == 2, tensor.offsets[0] >= 0, tensor.offsets[0] <= tensor.offsets[1],
          tensor.offsets[1] <= bytes.count - dataStart
        else { throw fail("\(name): data_offsets \(tensor.offsets) lie outside the file") }
        let range = tensor.offsets[0]..<tensor.offsets[1]
        guard range.count % size == 0, range.count / size == count else {
          throw fail("\(name): shape \(tensor.shape) of \(tensor.dtype) does not fill \(range.count) bytes")
        }
        entries[name] = Entry(name: name, dtype: tensor.dtype, shape: tensor.shape, range: range)
      }
    }
    var end = 0
    for entry in entries.values.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      guard entry.range.lowerBound == end else {
        throw fail(
          "\(entry.name): data_offsets \(entry.range.lowerBound < end ? "overlap another tensor" : "leave a gap")")
      }
      end = entry.range.upperBound
    }
    guard end == bytes.count - dataStart else {
      throw fail("\(bytes.count - dataStart - end) bytes after the last tensor")
    }
    self.entries = entries
    self.metadata = metadata
  }

  private static let elementSizes = [
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2, "I8": 1,
    "U8": 1, "BOOL": 1,
  ]

  /// The float32 values of a tensor.
  /// - Parameter shape: what the shape must be; nil for any.
  /// - Throws: `InputError` when it is absent, of another shape or of another dtype.
  package func values(_ name: String, shape: [Int]? = nil) throws -> [Float] {
    guard let entry = entries[name] else {
      throw InputError(
        path: file.path, reason: "tensor \(name) is missing", remedy: "Give a file with this model's weights.")
    }
    if let shape, entry.shape != shape {
      throw InputError(
        path: file.path, reason: "tensor \(name) has shape \(entry.shape), needed is \(shape)",
        remedy: "The file belongs to a model of another size.")
    }
    guard entry.dtype == "F32" else {
      throw InputError(
        path: file.path, reason: "tensor \(name) is \(entry.dtype), needed is F32",
        remedy: "Convert it to float32 first.")
    }
    let start = dataStart + entry.range.lowerBound
    return (0..<entry.range.count / 4).map {
      Float(bitPattern: UInt32(littleEndian: file.bytes.loadUnaligned(fromByteOffset: start + 4 * $0, as: UInt32.self)))
    }
  }

  /// One tensor to be written.
  package struct Content {
    package let name: String
    package let shape: [Int]
    package let values: [Float]

    package init(name: String, shape: [Int], values: [Float]) {
      precondition(shape.reduce(1, *) == values.count, "Safetensors: \(name) \(shape) with \(values.count) values")
      self.name = name
      self.shape = shape
      self.values = values
    }
  }

  /// Writes a file whole or not at all.
  /// - Throws: `OutputError`
  package static func write(_ contents: [Content], metadata: [String: String] = [:], to path: String) throws {
    var header: [String: HeaderValue] = metadata.isEmpty ? [:] : ["__metadata__": .metadata(metadata)]
    var offset = 0
    for content in contents {
      let end = offset + 4 * content.values.count
      header[content.name] = .tensor(.init(dtype: "F32", shape: content.shape, offsets: [offset, end]))
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var bytes = [UInt8](try encoder.encode(header))
    bytes += [UInt8](repeating: UInt8(ascii: " "), count: (8 - bytes.count % 8) % 8)
    try AtomicFile.write(to: path) { sink in
      try sink.append([UInt64(bytes.count).littleEndian])
      try sink.append(bytes)
      for content in contents { try sink.append(content.values) }
    }
  }
}

/// A value of the header: a tensor's place, or the metadata.
private enum HeaderValue: Codable {
  case tensor(Place)
  case metadata([String: String])

  struct Place: Codable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]
    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  init(from decoder: any Decoder) throws {
    self =
      if decoder.codingPath.last?.stringValue == "__metadata__" { .metadata(try [String: String](from: decoder)) } else
      {
        .tensor(try Place(from: decoder))
      }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .tensor(let place): try place.encode(to: encoder)
    case .metadata(let pairs): try pairs.encode(to: encoder)
    }
  }
}
