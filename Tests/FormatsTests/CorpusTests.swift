import Files
import Formats
import Foundation
import TestSupport
import Testing

/// What fuzzing begins with, and what it and others have found.
@Suite struct CorpusTests {
  @Test(arguments: SourceParser.allCases)
  func `no file of the corpus ends a parser, and a changed one neither`(parser: SourceParser) throws {
    let folder = try ScratchFolder()
    let corpus = "\(SharedFolder.packageRoot)/Tests/Fuzzing/Corpus/\(parser)"
    let names = try FileManager.default.contentsOfDirectory(atPath: corpus).sorted()
    #expect(!names.isEmpty)
    for name in names {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(corpus)/\(name)")))
      for kept in [bytes, Array(bytes.dropLast()), Array(bytes.dropFirst()), Array(bytes.prefix(bytes.count / 2))] {
        do { try parser.read(kept, in: folder.path) } catch let error as InputError { #expect(!error.reason.isEmpty) }
      }
    }
    #expect(try folder.names().isEmpty)
  }
}
