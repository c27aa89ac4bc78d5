import Foundation
import FoundationXML
import Testing

/// What a picture shows, read back with an XML parser.
final class Picture: NSObject, XMLParserDelegate {
  struct Text {
    var text: String
    let x, y: Double
  }
  struct Line {
    let points: [(x: Double, y: Double)]
    let width: String
  }
  private(set) var texts: [Text] = []
  private(set) var lines: [Line] = []
  private var isText = false

  init(_ document: String) throws {
    super.init()
    let parser = XMLParser(data: Data(document.utf8))
    parser.delegate = self
    try #require(parser.parse(), "not well-formed: \(String(describing: parser.parserError))")
    try #require(!document.contains("nan") && !document.contains("inf"))
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    isText = name == "text"
    if isText { texts.append(Text(text: "", x: Double(attributes["x"]!)!, y: Double(attributes["y"]!)!)) }
    if name == "polyline" {
      let points = attributes["points"]!.split(separator: " ").map { $0.split(separator: ",").map { Double($0)! } }
      lines.append(Line(points: points.map { ($0[0], $0[1]) }, width: attributes["stroke-width"]!))
    }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { if isText { texts[texts.count - 1].text += text } }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    isText = false
  }
}
