internal import Glibc
internal import Synchronization

/// An HTTP server on 127.0.0.1 that answers as a test says, also with what no proper server would send.
///
/// Each connection has a thread of its own; the script is called under a lock, one request after the other.
package final class ScriptedServer: Sendable {
  package struct Request: Sendable {
    package var method: String
    /// Path and query.
    package var target: String
    /// By lower-case name.
    package var headers: [String: String]
    package var body: String

    /// The values of `ids=…`.
    package var ids: [String] {
      guard let list = target.split(separator: "ids=").dropFirst().first else { return [] }
      return list.split(separator: ",").map(String.init)
    }
  }

  package struct Response: Sendable {
    var bytes: [UInt8]
    var delay: Duration
    var closes: Bool

    /// A proper answer.
    package static func json(
      _ text: String, status: Int = 200, headers: [String] = [], after delay: Duration = .zero
    ) -> Self {
      let lines = ["HTTP/1.1 \(status) Scripted", "Content-Type: application/json"] + headers
      return raw(
        (lines + ["Content-Length: \(text.utf8.count)", "", text]).joined(separator: "\r\n"), closes: false,
        after: delay)
    }

    /// Any bytes, after which the connection is closed.
    package static func raw(_ text: String, closes: Bool = true, after delay: Duration = .zero) -> Self {
      Response(bytes: Array(text.utf8), delay: delay, closes: closes)
    }
  }

  /// `http://127.0.0.1:PORT`.
  package let address: String
  private let listener: Int32
  private let script: @Sendable (_ request: Request, _ index: Int) -> Response
  private let received = Mutex<[Request]>([])

  /// - Parameter script: the answer to a request, of which `index` came before.
  package init(_ script: @escaping @Sendable (_ request: Request, _ index: Int) -> Response) {
    self.script = script
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &place) { [listener] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        precondition(
          bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0)
      }
      return UInt16(bigEndian: pointer.pointee.sin_port)
    }
    address = "http://127.0.0.1:\(port)"
    Self.thread { [weak self, listener] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0, let server = self else { return }
        Self.thread { server.serve(connection) }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// Answers with one response after the other; whatever is asked after the last one gets status 418.
  package convenience init(_ responses: [Response]) {
    self.init { _, index in
      index < responses.count ? responses[index] : .json(#"{"message":"the script is over"}"#, status: 418)
    }
  }

  package var requests: [Request] { received.withLock { $0 } }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    var pending: [UInt8] = []
    while let request = Self.read(connection, &pending) {
      let response = received.withLock { requests in
        requests.append(request)
        return script(request, requests.count - 1)
      }
      usleep(UInt32(response.delay / .microseconds(1)))
      var rest = response.bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
      if response.closes { return }
    }
  }

  private static func read(_ connection: Int32, _ pending: inout [UInt8]) -> Request? {
    func more() -> Bool {
      var chunk = [UInt8](repeating: 0, count: 1 << 14)
      let count = recv(connection, &chunk, chunk.count, 0)
      pending += chunk[..<max(0, count)]
      return count > 0
    }
    while true {
      let text = String(decoding: pending, as: UTF8.self)
      if let end = text.firstRange(of: "\r\n\r\n") {
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
          let parts = line.split(separator: ": ", maxSplits: 1)
          headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1]) : ""
        }
        let start = text[..<end.upperBound].utf8.count
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while pending.count < start + length { guard more() else { return nil } }
        let body = String(decoding: pending[start..<(start + length)], as: UTF8.self)
        pending.removeFirst(start + length)
        return Request(method: String(words[0]), target: String(words[1]), headers: headers, body: body)
      }
      guard more() else { return nil }
    }
  }

  private static func thread(_ body: @escaping @Sendable () -> Void) {
    final class Work: Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let work = Unmanaged.passRetained(Work(body)).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { pointer in
        Unmanaged<Work>.fromOpaque(pointer!).takeRetainedValue().body()
        return nil
      }, work)
    precondition(status == 0)
    pthread_detach(thread)
  }
}
