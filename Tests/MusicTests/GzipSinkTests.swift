import Files
import Music
import TestSupport
import Testing

@Suite struct GzipSinkTests {
  @Test(arguments: [0, 1, 65_535, 65_536, 300_001])
  func `what was packed reads back, whatever its length and its pieces`(count: Int) throws {
    let folder = try ScratchFolder()
    var state: UInt32 = 7
    let bytes = (0..<count).map { _ -> UInt8 in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    try AtomicFile.write(to: folder.file("packed")) { sink in
      let packed = GzipSink(sink)
      for start in stride(from: 0, to: count, by: 100_000) {
        try bytes[start..<min(start + 100_000, count)].withUnsafeBytes(packed.append)
      }
      try packed.finish()
    }
    let reader = try ByteReader(path: folder.file("packed"))
    #expect(reader.isGzip)
    var read: [UInt8] = []
    while case let chunk = try reader.next(), !chunk.isEmpty { read += chunk }
    #expect(read == bytes)
  }
}
