internal import FoundationEssentials

/// Any JSON, so that an answer of another shape than expected can be told with song and field.
package enum JSONValue: Codable, Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// - Throws: `DecodingError` for bytes that are not one whole JSON value.
  init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(JSONValue.self, from: Data(bytes)) }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
      return
    }
    let attempts: [() throws -> JSONValue] = [
      { .number(try container.decode(Double.self)) },
      { .string(try container.decode(String.self)) },
      { .object(try container.decode([String: JSONValue].self)) },
      { .array(try container.decode([JSONValue].self)) },
      { .bool(try container.decode(Bool.self)) },
    ]
    for attempt in attempts {
      do {
        self = try attempt()
        return
      } catch DecodingError.typeMismatch { continue }
    }
    throw DecodingError.dataCorruptedError(in: container, debugDescription: "no JSON value")
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let text): try container.encode(text)
    case .array(let elements): try container.encode(elements)
    case .object(let members): try container.encode(members)
    }
  }

  /// A member of an object; nil for anything else and where there is none.
  package subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }

  package var array: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  package var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  package var number: Double? {
    guard case .number(let value) = self else { return nil }
    return value
  }

  /// What it is, for messages: `the text "0.5"`, `a list`.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): "the text \"\(text.prefix(40))\""
    case .array: "a list"
    case .object: "an object"
    }
  }
}
