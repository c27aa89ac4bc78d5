import Foundation
import Services
import TestSupport
import Testing

/// What is waited out and what is not, with ReccoBeats as the service that is asked.
@Suite struct ServiceClientTests {
  private static let good = ScriptedServer.Response.content([Song.reccoBeats(1)])

  @Test(
    arguments: [
      .json("{}", status: 500), .json("{}", status: 503), .json("{}", status: 408), .json("{}", status: 429),
      .json("<html>", status: 502), .raw(""), .raw("HTTP/1.1 200 OK\r\nContent-Le"),
      .raw("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"content\":["),
      .raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"content\":[]}"),
      .raw("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"content\":[{\"id\":\"0b9c"),
      .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"content\""),
      .json("<html>we are busy</html>"), .json(""), .raw("nonsense\r\n\r\n"),
    ] as [ScriptedServer.Response])
  func `what may pass is asked again`(_ trouble: ScriptedServer.Response) throws {
    let server = ScriptedServer([trouble, trouble, Self.good])
    let notes = Notes()
    let client = client(attempts: 8, notes: notes)
    #expect(try reccoBeats(server, client).ask([Song.id(1)])?.values.count == 1)
    // A connection that the server closes after a whole answer may be found closed by the next request.
    #expect(server.requests.count == 3 && notes.lines.count >= 2)
    #expect(notes.lines.allSatisfy { $0.hasPrefix("ReccoBeats: ") && $0.contains("; asking again in ") })
  }

  @Test func `an answer that does not come in time is asked for again`() throws {
    let server = ScriptedServer { _, index in index == 0 ? .json("{}", after: .seconds(5)) : Self.good }
    let notes = Notes()
    let provider = reccoBeats(server, client(timeout: .milliseconds(500), notes: notes))
    #expect(try provider.ask([Song.id(1)])?.values.count == 1)
    #expect(notes.lines.first?.hasPrefix("ReccoBeats: there was no whole answer within 0.5 s; asking again") == true)
  }

  @Test func `patience ends after so many failures in a row`() throws {
    let server = ScriptedServer { _, _ in .json("{}", status: 500) }
    let provider = reccoBeats(server, client(attempts: 4))
    let error = try #require(serviceError { try provider.ask([Song.id(1)]) })
    #expect(error.reason == "status 500, 4 times in a row" && error.call == "GET /v1/audio-features")
    #expect(server.requests.count == 4 && provider.requestCount == 4)
  }

  @Test func `waits double from failure to failure, give or take chance`() throws {
    let server = ScriptedServer { _, _ in .json("{}", status: 500) }
    let provider = reccoBeats(server, client(attempts: 4, firstDelay: .milliseconds(100)))
    let clock = ContinuousClock()
    let took = clock.measure { _ = serviceError { try provider.ask([Song.id(1)]) } }
    #expect(took >= .milliseconds(50 + 100 + 200))
  }

  @Test func `nobody there is told after the last try`() throws {
    let provider = ReccoBeatsFeatures(address: "http://127.0.0.1:1", client: client(attempts: 2))
    #expect(
      serviceError { try provider.ask([Song.id(1)]) }?.reason
        == "the connection failed (Connection refused), 2 times in a row")
  }

  @Test func `an address that is none is told at once`() throws {
    let provider = ReccoBeatsFeatures(address: "http://", client: client())
    #expect(serviceError { try provider.ask([Song.id(1)]) }?.reason.contains("is not an address") == true)
    #expect(provider.requestCount == 1)
  }

  @Test func `Retry-After in seconds is waited for`() throws {
    let server = ScriptedServer([.json("{}", status: 429, headers: ["Retry-After: 1"]), Self.good])
    let notes = Notes()
    let provider = reccoBeats(server, client(notes: notes))
    let took = try ContinuousClock().measure { try #require(try provider.ask([Song.id(1)])?.values.count == 1) }
    #expect(took >= .seconds(1))
    #expect(notes.lines == ["ReccoBeats: it asks for fewer requests (status 429); asking again in 1 s"])
  }

  @Test func `Retry-After as a date is waited for`() throws {
    let server = ScriptedServer { _, index in
      guard index == 0 else { return Self.good }
      let format = DateFormatter()
      format.locale = Locale(identifier: "en_US_POSIX")
      format.timeZone = TimeZone(identifier: "GMT")
      format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
      return .json("{}", status: 503, headers: ["Retry-After: \(format.string(from: Date(timeIntervalSinceNow: 4)))"])
    }
    let provider = reccoBeats(server, client())
    let took = try ContinuousClock().measure { try #require(try provider.ask([Song.id(1)])?.values.count == 1) }
    #expect(took >= .milliseconds(900))
  }

  @Test func `a Retry-After of hours ends the run and says so`() throws {
    let server = ScriptedServer([.json("{}", status: 429, headers: ["Retry-After: 43200"])])
    let error = try #require(serviceError { try reccoBeats(server).ask([Song.id(1)]) })
    #expect(error.reason == "it asks for fewer requests (status 429) and wants to be left alone for 12 h")
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [400, 403, 418, 301]) func `other refusals are told at once`(status: Int) throws {
    let server = ScriptedServer([
      .json(#"{"message":"no"}"#, status: status, headers: ["Location: http://127.0.0.1:1/"])
    ])
    let error = try #require(serviceError { try reccoBeats(server).ask([Song.id(1)]) })
    #expect(error.reason == "status \(status) (\"no\")" && server.requests.count == 1)
  }

  @Test func `requests keep the rate`() throws {
    let server = ScriptedServer.reccoBeats()
    let provider = reccoBeats(server, client(rate: 10))
    let took = try ContinuousClock().measure { for _ in 0..<4 { _ = try provider.ask([Song.id(1)]) } }
    #expect(took >= .milliseconds(300))
  }

  @Test func `failed requests keep the rate too`() throws {
    let server = ScriptedServer([.json("{}", status: 500), .json("{}", status: 500), Self.good])
    let provider = reccoBeats(server, client(rate: 5))
    let took = try ContinuousClock().measure { _ = try provider.ask([Song.id(1)]) }
    #expect(took >= .milliseconds(400))
  }

  @Test func `a run that is to stop waits for nothing`() throws {
    let server = ScriptedServer { _, _ in .json("{}", after: .seconds(600)) }
    let start = ContinuousClock.now
    let provider = reccoBeats(server, client(stopping: Stopping { .now - start > .milliseconds(100) }))
    #expect(throws: CancellationError.self) { try provider.ask([Song.id(1)]) }
    #expect(.now - start < .seconds(300))

    let busy = ScriptedServer([.json("{}", status: 429, headers: ["Retry-After: 600"])])
    let again = ContinuousClock.now
    let other = reccoBeats(busy, client(stopping: Stopping { .now - again > .milliseconds(300) }))
    #expect(throws: CancellationError.self) { try other.ask([Song.id(1)]) }
    #expect(.now - again < .seconds(300))
  }
}
